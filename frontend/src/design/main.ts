import "../styles/design.css";
