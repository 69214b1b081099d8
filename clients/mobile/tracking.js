// What the screen knows of an order. Answers and messages arrive in any order; the higher `version` is right.

/** The order as it is known, milestone by milestone. */
export class Tracking {
  order = null;
  /** Events that were taken, each once. */
  seen = new Set();
  /** Messages of events that had been taken before. */
  repeats = 0;
  #versions = new Map();

  /** Takes the answer of OrderTracking. */
  answer(order) {
    const old = this.order;
    const newer = !old || order.version >= old.version;
    const milestones = order.milestones.map((milestone) => {
      const known = old?.milestones.find(({ code }) => code === milestone.code);
      if (known && (this.#versions.get(known.code) ?? 0) > order.version) return { ...known, title: milestone.title };
      this.#versions.set(milestone.code, order.version);
      return milestone;
    });
    const { status, currentOwnerParty, eta, allowedActions, version } = newer ? order : old;
    this.order = { ...order, status, currentOwnerParty, eta, allowedActions, version, milestones };
  }

  /** Takes a message of MilestoneUpdates; false when its event was taken before. */
  message({ kind, eventId, replayGap, milestone, eta, order }) {
    if (kind === "SNAPSHOT") {
      // Another history: versions of the old one say nothing.
      if (replayGap) this.#forget();
    } else if (this.seen.has(eventId)) {
      this.repeats += 1;
      return false;
    } else {
      this.seen.add(eventId);
    }
    if (!this.order) return true;
    if (order.version >= this.order.version) {
      // The message does not say what was promised.
      this.order = { ...this.order, ...order, eta: { ...this.order.eta, ...eta } };
    }
    if (milestone && order.version >= (this.#versions.get(milestone.code) ?? 0)) {
      this.#versions.set(milestone.code, order.version);
      const take = (old) => (old.code === milestone.code ? { ...old, ...milestone } : old);
      this.order = { ...this.order, milestones: this.order.milestones.map(take) };
    }
    return true;
  }

  #forget() {
    this.#versions.clear();
    if (this.order) this.order = { ...this.order, version: 0 };
  }
}
