import "../styles/watch.css";
