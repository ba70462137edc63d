// Signature drawn on the screen at the hand-over: an addition to the typed name, never a condition.
// Of a family, each person signs in their own form.

function ouvrir(bloc) {
  const champ = bloc.closest("form")?.querySelector("[data-signature-image]");
  const toile = bloc.querySelector("canvas");
  const crayon = toile?.getContext("2d");
  if (!champ || !crayon) return;

  const position = (evenement) => {
    const cadre = toile.getBoundingClientRect();
    const x = ((evenement.clientX - cadre.left) * toile.width) / cadre.width;
    const y = ((evenement.clientY - cadre.top) * toile.height) / cadre.height;
    return [x, y];
  };

  // After a refusal what was drawn is drawn again: the person does not sign twice, and the agent sees what is sent.
  if (champ.value) {
    const dessin = new Image();
    dessin.addEventListener("load", () => crayon.drawImage(dessin, 0, 0));
    dessin.addEventListener("error", () => (champ.value = ""));
    dessin.src = champ.value;
  }
  let trace = false;
  bloc.hidden = false;
  crayon.lineWidth = 3;
  crayon.lineCap = "round";
  crayon.strokeStyle = "#161616";

  toile.addEventListener("pointerdown", (evenement) => {
    trace = true;
    toile.setPointerCapture(evenement.pointerId);
    crayon.beginPath();
    crayon.moveTo(...position(evenement));
  });
  toile.addEventListener("pointermove", (evenement) => {
    if (!trace) return;
    crayon.lineTo(...position(evenement));
    crayon.stroke();
  });
  for (const fin of ["pointerup", "pointercancel"]) {
    toile.addEventListener(fin, () => {
      if (trace) champ.value = toile.toDataURL("image/png");
      trace = false;
    });
  }
  bloc.querySelector("[data-signature-effacer]").addEventListener("click", () => {
    crayon.clearRect(0, 0, toile.width, toile.height);
    champ.value = "";
  });
}

document.querySelectorAll("[data-signature]").forEach(ouvrir);
