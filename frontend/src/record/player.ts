// A video with words on its buttons: play, one frame back and forward, mute, larger. The browser's own controls stay.

const FRAME_S = 1 / 25; // no browser tells the rate of a file; 25 is what most cameras here record

export class Player {
  constructor(
    private readonly figure: HTMLElement,
    private readonly video: HTMLVideoElement,
    private readonly expand: () => void = () => {},
  ) {
    for (const node of figure.querySelectorAll<HTMLElement>(".rec-play, .rec-keys")) node.hidden = false;
    figure.addEventListener("click", (event) => {
      const act = (event.target as HTMLElement).closest<HTMLElement>("[data-act]")?.dataset["act"];
      if (act) this.act(act);
    });
    video.addEventListener("keydown", (event) => this.key(event));
    for (const name of ["play", "pause", "volumechange"]) video.addEventListener(name, () => this.say());
    this.say();
  }

  private act(name: string): void {
    if (name === "play") void this.toggle();
    else if (name === "back") this.step(-1);
    else if (name === "on") this.step(1);
    else if (name === "mute") this.video.muted = !this.video.muted;
    else if (name === "expand") this.expand();
  }

  private async toggle(): Promise<void> {
    if (!this.video.paused) return this.video.pause();
    try {
      await this.video.play();
    } catch {
      this.say(); // the browser refused, or the file cannot be played: the button says so by not changing
    }
  }

  private step(frames: number): void {
    this.video.pause();
    const end = Number.isFinite(this.video.duration) ? this.video.duration : Infinity;
    this.video.currentTime = Math.min(end, Math.max(0, this.video.currentTime + frames * FRAME_S));
  }

  private key(event: KeyboardEvent): void {
    const act = { " ": "play", ",": "back", ".": "on", m: "mute" }[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.act(act);
  }

  private say(): void {
    const words: Record<string, boolean> = { play: this.video.paused, mute: !this.video.muted };
    for (const [act, first] of Object.entries(words)) {
      const button = this.figure.querySelector<HTMLElement>(`[data-act="${act}"]`);
      if (button) button.textContent = button.dataset[first ? "on" : "off"] ?? "";
    }
  }
}
