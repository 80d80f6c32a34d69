(() => {
  "use strict";
  document.documentElement.classList.add("scripted");
  const steps = [...document.querySelectorAll(".step")];
  let here = -1;
  const go = (to) => {
    here = Math.max(0, Math.min(steps.length - 1, to));
    steps.forEach((step, nth) => step.classList.toggle("here", nth === here));
    steps[here].scrollIntoView({ block: "start" });
    steps[here].focus({ preventScroll: true });
  };
  const near = () => steps.findIndex((step) => step.getBoundingClientRect().bottom > 80);
  const dialog = document.createElement("dialog");
  document.body.append(dialog);
  dialog.addEventListener("click", () => dialog.close());
  for (const view of document.querySelectorAll(".zoomable")) {
    view.addEventListener("click", () => {
      dialog.replaceChildren(view.querySelector("svg").cloneNode(true));
      dialog.showModal();
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || dialog.open || !steps.length) return;
    const from = here < 0 ? near() - 1 : here;
    if (event.key === "ArrowRight" || event.key === "j") go(from + 1);
    else if (event.key === "ArrowLeft" || event.key === "k") go(from - 1);
    else if (event.key === "Enter" && here >= 0) steps[here].querySelector(".zoomable")?.click();
    else return;
    event.preventDefault();
  });
})();
