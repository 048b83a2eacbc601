import "../styles/control.css";
