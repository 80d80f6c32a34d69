// Runs in each page of MiniWoB++: writes down events and the page's elements in the form of the human demonstrations,
// waits until the page is at rest, and tells where an element can be pressed. Presses nothing itself.
"use strict";
(() => {
  const SOON_MS = 600; // timers that end so soon belong to what was just done: delays of menus, of completions
  const FIRST_PART_PX = 10;
  const soon = new Set();
  const later = window.setTimeout, never = window.clearTimeout;
  window.setTimeout = (work, delay, ...rest) => {
    if (typeof work !== "function" || !(delay === undefined || delay <= SOON_MS)) return later(work, delay, ...rest);
    const id = later((...given) => { soon.delete(id); work(...given); }, delay, ...rest);
    soon.add(id);
    return id;
  };
  window.clearTimeout = (id) => { soon.delete(id); never(id); };

  const EVENTS = ["click", "dblclick", "mousedown", "mouseup", "keypress", "keydown", "keyup", "scroll"];
  let states = [], last = "", listening = false;
  const dom = () => JSON.stringify(core.getDOMInfo());

  function note(event) {
    if (WOB_DONE_GLOBAL || !core.EP_TIMER || event.target === core.cover_div) return;
    const action = { type: event.type, timing: 1 };
    if (event.type.startsWith("key")) {
      action.keyCode = event.keyCode;
      action.charCode = event.charCode;
    } else if (event.type !== "scroll") {
      if (event.pageX >= 160 || event.pageY >= 210) return;
      action.x = event.pageX;
      action.y = event.pageY;
    } else if (states.length && states[states.length - 1][0].type === "scroll") {
      return;
    }
    const target = event.target.dataset ? event.target : null;
    if (target) target.dataset.recording_target = true;
    const now = dom();
    if (target) delete target.dataset.recording_target;
    states.push([action, now === last ? "" : now]);
    last = now;
  }

  const wait = (ms) => new Promise((done) => later(done, ms));
  const moving = () =>
    soon.size > 0 ||
    (window.jQuery !== undefined && window.jQuery(":animated").length > 0) ||
    document.getAnimations().some((each) => each.playState === "running");

  // Every node in the order of its information: parents first.
  function flat(node, found) {
    found.push(node);
    node.children.forEach((child) => flat(child, found));
    return found;
  }
  const info = (index) => flat(core.getDOMInfo(), [])[index];

  window.understudy = {
    begin(seed, mode, slack) {
      if (!listening) EVENTS.forEach((name) => document.addEventListener(name, note, true));
      listening = true;
      core.endEpisode(0);
      states = [];
      last = "";
      Math.seedrandom(seed);
      core.setDataMode(mode);
      core.EPISODE_MAX_TIME *= slack;
      core.startEpisodeReal();
      return core.getUtterance();
    },

    // What happened since the last call, and how the page stands once it rests, or after `most` ms.
    async look(most, least) {
      const end = performance.now() + most;
      await wait(least);
      let now = WOB_DONE_GLOBAL ? "" : dom();
      while (!WOB_DONE_GLOBAL && performance.now() < end) {
        await wait(20);
        const before = now;
        now = dom();
        if (now === before && !moving() && WOB_TASK_READY) break;
      }
      const told = states;
      states = [];
      const shown = now === last ? "" : now;
      last = now;
      return { states: told, now: shown, done: WOB_DONE_GLOBAL };
    },

    outcome() {
      return { done: WOB_DONE_GLOBAL, reward: WOB_RAW_REWARD_GLOBAL, reason: String(WOB_REWARD_REASON ?? "") };
    },

    // Where the element at `index` can be pressed: its middle, or where more of it shows than of what covers it.
    point(index) {
      const told = info(index);
      if (told === undefined) return null;
      const element = core.previousDOMInfo[told.ref];
      const middle = [told.left + told.width / 2, told.top + told.height / 2];
      if (element === undefined) return middle;
      // A date or time field is filled from its first part on: that is where a person presses it.
      if (/^(date|time|month|week|datetime-local)$/.test(element.type || "")) {
        return [told.left + Math.min(FIRST_PART_PX, told.width / 2), middle[1]];
      }
      const boxes = [told, ...element.getClientRects()];
      for (const part of [0.5, 0.25, 0.75, 0.1, 0.9]) {
        for (const other of [0.5, 0.25, 0.75, 0.1, 0.9]) {
          for (const box of boxes) {
            const x = box.left + box.width * other, y = box.top + box.height * part;
            if (x < 0 || y < 0 || x >= 160 || y >= 210) continue;
            const hit = document.elementFromPoint(x, y);
            if (hit !== null && (hit === element || element.contains(hit))) return [x, y];
          }
        }
      }
      return middle;
    },

    // How the wheel brings the element into its scrolling box: where to turn it and how far, px; null: it shows.
    reach(index) {
      const told = info(index);
      const element = told === undefined ? undefined : core.previousDOMInfo[told.ref];
      if (element === undefined) return null;
      const rect = element.getBoundingClientRect();
      for (let box = element.parentElement; box !== null && box !== document.body; box = box.parentElement) {
        const style = getComputedStyle(box).overflowY;
        if (box.scrollHeight <= box.clientHeight || (style !== "auto" && style !== "scroll")) continue;
        const around = box.getBoundingClientRect();
        const top = Math.max(around.top, 0), bottom = Math.min(around.bottom, 210);
        const middle = rect.top + rect.height / 2;
        if (middle >= top && middle < bottom) return null;
        return [around.left + around.width / 2, (top + bottom) / 2, middle - (top + bottom) / 2];
      }
      return null;
    },

    focused(index) {
      const told = info(index);
      return told !== undefined && core.previousDOMInfo[told.ref] === document.activeElement;
    },
  };
})();
