// The kiosk starts again by itself when nobody touches it any more: the next person must not read the last one's page.

const retour = document.querySelector("[data-retour]");
if (retour) {
  let minuterie;
  const attendre = () => {
    clearTimeout(minuterie);
    minuterie = setTimeout(() => location.replace(retour.href), Number(retour.dataset.retour) * 1000);
  };
  for (const geste of ["pointerdown", "keydown"]) document.addEventListener(geste, attendre);
  attendre();
}
