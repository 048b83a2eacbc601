import "../styles/exercise.css";
