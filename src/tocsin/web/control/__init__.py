"""The control room: what an officer sees at a glance, and every act on a warning, in few steps and without script."""
