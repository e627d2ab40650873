// What happens on a board, told to every tab of a browser by one stream; hidden tabs hold none.
//
// A browser keeps six connections to a plain HTTP/1.1 server, so streams of six tabs would leave
// the seventh without a page. Tabs in sight agree by BroadcastChannel which of them listens: it
// tells the others, and says every second that it is there. Web Locks would be shorter, but exist
// on https and localhost only, and a room has plain http at 192.168.1.20; SharedWorker is not on phones.
// Where there is no BroadcastChannel, every tab in sight has a stream of its own.
const KINDS = ["hello", "board", "announcement", "queue", "reload", "ties", "projector", "final"];
const BEAT_MS = 1000;
const SILENT_MS = 3500; // a tab that crashed or was frozen: another takes over
const ANSWER_MS = 150;
const MOST_KEPT = 200; // for tabs that were hidden; who missed more reads the page anew
const LONGEST_WAIT_MS = 15_000;

/**
 * Calls `heard({ type, data, lastEventId })` for all that happens while this tab is in sight, and
 * once it is again for what it missed; `lost()` when nothing is heard for the time being. With
 * `alone` the tab has a stream of its own, also when nobody sees it.
 */
export function follow(path, { heard, lost = () => {}, alone = false }) {
  const tab = new Tab(path, heard, lost, alone);
  const look = () => (document.hidden && !alone ? tab.leave() : tab.join());
  look();
  if (!alone) document.addEventListener("visibilitychange", look);
  addEventListener("pagehide", () => tab.leave());
  addEventListener("pageshow", look);
  return tab;
}

class Tab {
  constructor(path, heard, lost, alone) {
    Object.assign(this, { path, heard, lost });
    this.id = Math.random().toString(36).slice(2);
    this.alone = alone;
    this.channel = this.timer = this.leader = this.source = null;
    this.live = null; // whether anything is heard; null before the first word
    this.last = null; // the newest event that this tab knows
    this.kept = []; // told since `keptSince`, while this tab listens for all
    this.keptSince = null;
    this.waitMs = BEAT_MS;
  }

  get leads() {
    return this.leader === this.id;
  }

  join() {
    if (this.timer) return;
    this.timer = setInterval(() => this.beat(), BEAT_MS);
    if (!this.openChannel()) return this.lead();
    this.ask();
    this.elect();
  }

  openChannel() {
    if (this.alone) return false;
    try {
      this.channel = new BroadcastChannel(`heldout ${this.path}`);
    } catch {
      return false; // an old browser, or one that lets a frame share nothing
    }
    const answers = {
      who: (said) => this.answer(said),
      missed: (said) => this.catchUp(said),
      beat: (said) => this.giveWay(said),
      told: ({ event }) => this.leads || this.hear(event),
      bye: ({ id }) => this.leader === id && this.elect(),
    };
    this.channel.addEventListener("message", ({ data }) => answers[data.type]?.(data));
    return true;
  }

  leave() {
    if (!this.timer) return;
    clearInterval(this.timer);
    if (this.leads) this.say("bye");
    this.heed(null);
    this.channel?.close();
    this.channel = this.timer = this.live = null;
  }

  say(type, more = {}) {
    this.channel?.postMessage({ type, id: this.id, live: this.live, ...more });
  }

  ask() {
    this.say("who", { last: this.last });
  }

  beat() {
    if (this.leads) return this.say("beat");
    if (this.leader && performance.now() - this.heardAt > SILENT_MS) this.elect();
  }

  /** Listens for all unless somebody says in time that they do. */
  elect() {
    this.heed(null);
    setTimeout(() => this.timer && !this.leader && this.lead(), ANSWER_MS * (1 + Math.random()));
  }

  lead() {
    this.leader = this.id;
    this.kept = [];
    this.keptSince = this.last;
    this.say("beat");
    this.open();
  }

  /** Knows that this one listens for all; null: nobody. */
  heed(leader) {
    this.source?.close();
    this.source = null;
    this.leader = leader;
    this.heardAt = performance.now();
  }

  open() {
    const after = this.last === null ? "" : `?after=${this.last}`;
    const source = (this.source = new EventSource(this.path + after));
    const told = ({ type, data, lastEventId }) => this.tell({ type, data, lastEventId });
    for (const kind of KINDS) source.addEventListener(kind, told);
    source.addEventListener("error", () => this.failed(source));
  }

  failed(source) {
    if (this.source !== source) return;
    this.setLive(false);
    this.say("beat");
    if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    const again = () => this.source === source && this.open();
    setTimeout(again, this.waitMs * (0.5 + Math.random()));
    this.waitMs = Math.min(this.waitMs * 2, LONGEST_WAIT_MS);
  }

  tell(event) {
    this.waitMs = BEAT_MS;
    this.live = true;
    this.say("told", { event });
    if (event.type === "hello") this.keptSince ??= Number(event.lastEventId);
    else this.kept.push(event);
    while (this.kept.length > MOST_KEPT) this.keptSince = Number(this.kept.shift().lastEventId);
    this.hear(event);
  }

  hear(event) {
    if (event.lastEventId) this.last = Number(event.lastEventId);
    this.live = true;
    this.heard(event);
  }

  setLive(live) {
    if (live === false) this.lost();
    this.live = live;
  }

  /** Somebody has come into sight, and knows what there was until `last`. */
  answer({ id, last }) {
    if (!this.leads) return;
    this.say("beat");
    if (this.live) this.say("missed", { to: id, events: this.since(last) });
  }

  since(last) {
    const now = { data: "{}", lastEventId: String(this.last) };
    if (last === null) return [{ ...now, type: "hello" }];
    const isKept = this.keptSince !== null && this.keptSince <= last && last <= this.last;
    if (!isKept) return [{ ...now, type: "reload" }];
    return this.kept.filter((event) => Number(event.lastEventId) > last);
  }

  catchUp({ to, events }) {
    if (to !== this.id || this.leads) return;
    this.live = true;
    for (const event of events) this.hear(event);
  }

  /** Another tab listens for all: if both do, the first by name goes on. */
  giveWay({ id, live }) {
    if (this.leads && this.id < id) return this.say("beat");
    const led = this.leads;
    if (this.leader !== id) this.heed(id);
    this.heardAt = performance.now();
    this.setLive(live);
    if (led) this.ask();
  }
}
