import "../styles/public.css";
