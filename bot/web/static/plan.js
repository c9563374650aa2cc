// The page of a safety plan: a button to print it, where there is script.

const button = document.getElementById("print");
button.hidden = false;
button.addEventListener("click", () => window.print());
