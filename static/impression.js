// A print button where the browser can print; without this file, the page is printed from the browser's menu.

for (const bouton of document.querySelectorAll("[data-imprimer]")) {
  bouton.hidden = false;
  bouton.addEventListener("click", () => window.print());
}
