// File inputs: name, size, thumbnail and quality of what is chosen, before it leaves. Several photos, turned and put in
// order, for the inputs that take them; drag and drop; camera. Without this file, an input is an input.

// The same figures as demandes/calculs/nettete.py.
const COTE = 1000;
const CLARTE_MIN = 80;
const CONTRASTE_MIN = 20;
const NETTETE_MIN = 0.085;
const COTE_ENVOI = 3000; // pixels kept of a photo that was turned here
const VIGNETTE = 160;

function taille(octets) {
  const mega = octets / 1048576;
  return mega >= 0.1 ? `${mega.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })} Mo` : "< 0,1 Mo";
}

function quantile(histogramme, part) {
  const seuil = part * histogramme.reduce((somme, n) => somme + n, 0);
  let cumul = 0;
  return histogramme.findIndex((n) => (cumul += n) >= seuil);
}

function dessiner(image, cote, quarts = 0) {
  const echelle = Math.min(1, cote / Math.max(image.width, image.height));
  const largeur = Math.max(1, Math.round(image.width * echelle));
  const hauteur = Math.max(1, Math.round(image.height * echelle));
  const toile = document.createElement("canvas");
  toile.width = quarts % 2 ? hauteur : largeur;
  toile.height = quarts % 2 ? largeur : hauteur;
  const crayon = toile.getContext("2d", { willReadFrequently: true });
  crayon.imageSmoothingQuality = "high";
  crayon.translate(toile.width / 2, toile.height / 2);
  crayon.rotate((quarts * Math.PI) / 2);
  crayon.drawImage(image, -largeur / 2, -hauteur / 2, largeur, hauteur);
  return toile;
}

// "floue", "sombre" or "": see demandes.calculs.nettete.juger.
function juger(toile) {
  const { width: largeur, height: hauteur } = toile;
  const points = toile.getContext("2d").getImageData(0, 0, largeur, hauteur).data;
  const gris = new Uint8Array(largeur * hauteur);
  for (let i = 0; i < gris.length; i += 1) {
    gris[i] = 0.299 * points[4 * i] + 0.587 * points[4 * i + 1] + 0.114 * points[4 * i + 2];
  }
  const lumieres = new Array(256).fill(0);
  const pas = new Array(256).fill(0);
  for (let i = 0; i < gris.length; i += 1) {
    lumieres[gris[i]] += 1;
    if ((i + 1) % largeur) pas[Math.abs(gris[i] - gris[i + 1])] += 1;
    if (i + largeur < gris.length) pas[Math.abs(gris[i] - gris[i + largeur])] += 1;
  }
  const papier = quantile(lumieres, 0.95);
  if (papier < CLARTE_MIN) return "sombre";
  if (quantile(lumieres, 0.999) - quantile(lumieres, 0.001) < CONTRASTE_MIN) return "";
  return quantile(pas, 0.999) < NETTETE_MIN * papier ? "floue" : "";
}

async function lireImage(fichier) {
  try {
    return await createImageBitmap(fichier);
  } catch {
    return null; // a PDF, or a HEIC where the browser reads none: the server will look
  }
}

function enFichier(toile, nom) {
  return new Promise((fini) => {
    toile.toBlob((blob) => fini(new File([blob], nom.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" })), "image/jpeg", 0.92);
  });
}

// Whether the input takes this kind of file; the server looks again, at the content.
function accepte(entree, fichier) {
  const genres = entree.accept.split(",").map((genre) => genre.trim().toLowerCase()).filter(Boolean);
  const nom = fichier.name.toLowerCase();
  return genres.length === 0 || genres.some((genre) => genre === fichier.type || (genre.startsWith(".") && nom.endsWith(genre)));
}

function poser(entree, fichiers) {
  const transfert = new DataTransfer();
  fichiers.forEach((fichier) => transfert.items.add(fichier));
  entree.files = transfert.files;
}

class Photos {
  constructor(entree, modele) {
    this.entree = entree;
    this.modele = modele;
    this.fichiers = [];
    this.liste = document.createElement("ol");
    this.liste.className = "pp-pages";
    this.liste.setAttribute("aria-live", "polite");
    entree.after(this.liste);
    this.zone = entree.closest("[data-piece]") ?? entree.parentElement;
    entree.addEventListener("change", () => this.ajouter(entree.files));
    this.preparerDepot();
    this.preparerAppareil();
  }

  ajouter(recus) {
    const place = Number(this.entree.dataset.fichiersMax) - this.fichiers.length;
    this.fichiers.push(...[...recus].slice(0, place));
    this.montrer();
  }

  preparerDepot() {
    this.zone.addEventListener("dragover", (evenement) => {
      evenement.preventDefault();
      this.zone.classList.add("pp-depot-survol");
    });
    this.zone.addEventListener("dragleave", () => this.zone.classList.remove("pp-depot-survol"));
    this.zone.addEventListener("drop", (evenement) => {
      evenement.preventDefault();
      this.zone.classList.remove("pp-depot-survol");
      this.ajouter(evenement.dataTransfer.files);
    });
  }

  preparerAppareil() {
    const bouton = this.zone.querySelector("[data-appareil]");
    if (!bouton || !matchMedia("(pointer: coarse)").matches) return;
    const appareil = document.createElement("input");
    Object.assign(appareil, { type: "file", accept: "image/*" });
    appareil.setAttribute("capture", "environment");
    appareil.addEventListener("change", () => this.ajouter(appareil.files));
    bouton.hidden = false;
    bouton.addEventListener("click", () => appareil.click());
  }

  async montrer() {
    poser(this.entree, this.fichiers);
    const cartes = this.fichiers.map((fichier, rang) => this.carte(fichier, rang));
    this.liste.replaceChildren(...cartes.map(([carte]) => carte));
    for (const [carte, fichier] of cartes) await this.illustrer(carte, fichier);
  }

  carte(fichier, rang) {
    const carte = this.modele.content.firstElementChild.cloneNode(true);
    const limite = Number(this.entree.dataset.tailleMax);
    carte.querySelector("[data-nom]").textContent = `${fichier.name} (${taille(fichier.size)})`;
    if (fichier.size > limite) this.avertir(carte, "lourde");
    if (!accepte(this.entree, fichier)) this.avertir(carte, "genre");
    const agir = (nom, action, possible = true) => {
      const bouton = carte.querySelector(`[data-page-${nom}]`);
      bouton.hidden = !possible;
      bouton.querySelector("[data-cible]").textContent = fichier.name;
      bouton.addEventListener("click", action);
    };
    agir("retirer", () => this.retirer(rang));
    agir("avancer", () => this.echanger(rang), rang > 0);
    agir("tourner", () => this.tourner(rang), false);
    return [carte, fichier];
  }

  avertir(carte, avis) {
    const ligne = carte.querySelector(`[data-avis="${avis}"]`);
    if (ligne) ligne.hidden = false;
  }

  async illustrer(carte, fichier) {
    const image = await lireImage(fichier);
    if (!image) return;
    carte.querySelector("[data-vignette]").replaceChildren(dessiner(image, VIGNETTE));
    carte.querySelector("[data-page-tourner]").hidden = false;
    this.avertir(carte, juger(dessiner(image, COTE)));
    image.close();
  }

  retirer(rang) {
    this.fichiers.splice(rang, 1);
    this.montrer();
    this.entree.focus();
  }

  echanger(rang) {
    [this.fichiers[rang - 1], this.fichiers[rang]] = [this.fichiers[rang], this.fichiers[rang - 1]];
    this.montrer();
    this.liste.children[rang - 1].querySelector("[data-page-retirer]").focus();
  }

  async tourner(rang) {
    const image = await lireImage(this.fichiers[rang]);
    this.fichiers[rang] = await enFichier(dessiner(image, COTE_ENVOI, 1), this.fichiers[rang].name);
    await this.montrer();
    this.liste.children[rang].querySelector("[data-page-tourner]").focus();
  }
}

function annoncer(entree) {
  const apercu = document.createElement("p");
  apercu.setAttribute("role", "status");
  entree.after(apercu);
  entree.addEventListener("change", () => {
    const fichier = entree.files[0];
    const limite = Number(entree.dataset.tailleMax || 0);
    const troplourd = fichier && limite && fichier.size > limite;
    apercu.className = troplourd ? "fr-error-text" : "fr-hint-text";
    apercu.textContent = fichier
      ? `${fichier.name} (${taille(fichier.size)})${troplourd ? ` – limite : ${taille(limite)}` : ""}`
      : "";
  });
}

// Who leaves with files chosen and not sent is asked first: no form can be filled with them again.
let envoi = false;
document.addEventListener("submit", () => (envoi = true));
window.addEventListener("pageshow", () => (envoi = false));
window.addEventListener("beforeunload", (evenement) => {
  if (!envoi && [...document.querySelectorAll("input[type=file]")].some((entree) => entree.files.length)) evenement.preventDefault();
});

const modele = document.querySelector("template[data-page-modele]");
document.querySelectorAll("input[type=file]").forEach((entree) => {
  if (modele && entree.multiple) new Photos(entree, modele);
  else annoncer(entree);
});
