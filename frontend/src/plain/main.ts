// Pages without a script of their own: errors, account pages.
import "../styles/plain.css";
