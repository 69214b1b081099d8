//! Points: lots with an expiry, spent first expired first out (domain.md 3.3, Points FIFO).
//!
//! Every operation takes the lots and the debt of one account as they are and returns a [`Change`]: the lots to write,
//! the lines to append to the ledger, the debt. Three things hold after each of them, and the property tests walk
//! random histories against a model that moves one point at a time:
//!
//! - the sum of all lines is `Σ remaining of active lots − debt`;
//! - the sum of one lot's lines is what remains in it, and the sum of the lines without a lot is minus the debt;
//! - while there is debt, nothing is active: whatever becomes active pays the debt first.
//!
//! Pending points are in no line; they enter the ledger when they become active.

use chrono::{DateTime, TimeDelta, Utc};
use entity::ids::PointsLotId;
use entity::vocabulary::{LotState, PointsEntryKind};

/// Days that points live on which come back from a cancelled redemption after their expiry (domain.md 3.3).
pub const GRACE_DAYS: i64 = 30;

/// Points earned at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lot {
    /// The lot.
    pub id: PointsLotId,
    /// Points at the beginning; above 0.
    pub earned: i64,
    /// Points left, 0 to `earned`; 0 unless pending or active.
    pub remaining: i64,
    /// Points that ran out; minus the sum of the lot's EXPIRE lines. A reversal takes back only what was of use.
    pub expired: i64,
    /// State.
    pub state: LotState,
    /// When earned.
    pub earned_at: DateTime<Utc>,
    /// When a pending lot becomes active by itself; none if something else has to happen.
    pub activates_at: Option<DateTime<Utc>>,
    /// Last instant at which the points can be spent; none if they never run out.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Lot {
    /// Whether the points have run out at `now`, written down or not.
    fn is_past(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_some_and(|expires| expires < now)
    }

    /// Order of spending: earliest expiry first, no expiry last, then age, then id.
    fn turn(&self) -> impl Ord + use<> {
        (self.expires_at.is_none(), self.expires_at, self.earned_at, self.id)
    }
}

/// A line for the ledger; `points` is never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The lot; none for a change of the debt.
    pub lot: Option<PointsLotId>,
    /// What happened.
    pub kind: PointsEntryKind,
    /// Points, signed; negative without a lot means more debt.
    pub points: i64,
}

/// What an operation changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The lots that changed, as they are now.
    pub lots: Vec<Lot>,
    /// Lines to append, in order.
    pub lines: Vec<Line>,
    /// The debt as it is now.
    pub debt: i64,
}

impl Change {
    /// By how much the balance less the debt moves.
    pub fn net(&self) -> i64 {
        self.lines.iter().map(|line| line.points).sum()
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.lots.is_empty() && self.lines.is_empty()
    }
}

/// What an account has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Points in active lots; never below 0.
    pub active: i64,
    /// Points in pending lots.
    pub pending: i64,
    /// Points spent and later reversed; 0 while anything is active.
    pub debt: i64,
}

impl Balance {
    /// The sum of all ledger lines.
    pub const fn net(self) -> i64 {
        self.active - self.debt
    }
}

/// The balance of these lots and this debt.
pub fn balance(lots: &[Lot], debt: i64) -> Balance {
    let sum = |state| lots.iter().filter(|lot| lot.state == state).map(|lot| lot.remaining).sum();
    Balance { active: sum(LotState::Active), pending: sum(LotState::Pending), debt }
}

/// The points that run out next, and when: those of the earliest expiry from `now` on.
pub fn next_expiry(lots: &[Lot], now: DateTime<Utc>) -> Option<(DateTime<Utc>, i64)> {
    let live = || lots.iter().filter(|lot| lot.state == LotState::Active && lot.remaining > 0 && !lot.is_past(now));
    let first = live().filter_map(|lot| lot.expires_at).min()?;
    Some((first, live().filter(|lot| lot.expires_at == Some(first)).map(|lot| lot.remaining).sum()))
}

/// There are fewer points than were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("only {available} points are available")]
pub struct Insufficient {
    /// Points that can be spent now.
    pub available: i64,
}

/// Which lots pay for `amount`, and how much each: earliest expiry first, no expiry last, then age, then id. Pending
/// points and points past their expiry do not pay.
///
/// # Errors
/// [`Insufficient`] if they are too few; nothing is spent then.
pub fn spend(lots: &[Lot], amount: u64, now: DateTime<Utc>) -> Result<Vec<(PointsLotId, i64)>, Insufficient> {
    let mut live: Vec<&Lot> =
        lots.iter().filter(|lot| lot.state == LotState::Active && lot.remaining > 0 && !lot.is_past(now)).collect();
    let available: i64 = live.iter().map(|lot| lot.remaining).sum();
    let mut left = i64::try_from(amount).ok().filter(|left| *left <= available).ok_or(Insufficient { available })?;
    live.sort_by_key(|lot| lot.turn());
    let mut parts = Vec::new();
    for lot in live {
        if left == 0 {
            break;
        }
        let part = left.min(lot.remaining);
        parts.push((lot.id, part));
        left -= part;
    }
    Ok(parts)
}

/// Spends `amount`. The parts are what a cancelled redemption gives back with [`restore`].
///
/// # Errors
/// [`Insufficient`], as [`spend`].
pub fn redeem(
    lots: &[Lot],
    debt: i64,
    amount: u64,
    now: DateTime<Utc>,
) -> Result<(Vec<(PointsLotId, i64)>, Change), Insufficient> {
    let parts = spend(lots, amount, now)?;
    let mut book = Book::open(lots, debt);
    for (id, points) in &parts {
        if let Some(at) = book.find(*id) {
            book.take(at, PointsEntryKind::Spend, *points);
        }
    }
    Ok((parts, book.close()))
}

/// Adds a new lot, active or pending. An active one pays the debt first.
pub fn earn(debt: i64, lot: Lot) -> Change {
    let mut book = Book::open(&[lot], debt);
    book.touched[0] = true;
    if lot.state == LotState::Active {
        book.line(Some(lot.id), PointsEntryKind::Earn, lot.remaining);
        book.pay_debt();
    }
    book.close()
}

/// Makes active the pending lots whose time has come.
pub fn activate(lots: &[Lot], debt: i64, now: DateTime<Utc>) -> Change {
    activate_where(lots, debt, |lot| lot.activates_at.is_some_and(|at| at <= now))
}

/// Makes active these lots if they are pending, whatever their time: what they waited for has happened.
pub fn release(lots: &[Lot], debt: i64, ids: &[PointsLotId]) -> Change {
    activate_where(lots, debt, |lot| ids.contains(&lot.id))
}

fn activate_where(lots: &[Lot], debt: i64, due: impl Fn(&Lot) -> bool) -> Change {
    let mut book = Book::open(lots, debt);
    for (at, lot) in lots.iter().enumerate() {
        if lot.state == LotState::Pending && due(lot) {
            book.set_state(at, LotState::Active);
            book.line(Some(lot.id), PointsEntryKind::Activate, lot.remaining);
        }
    }
    book.pay_debt();
    book.close()
}

/// Writes down what has run out: active lots with `expires_at < now`, by date only. Once written, a second call finds
/// nothing.
pub fn expire(lots: &[Lot], debt: i64, now: DateTime<Utc>) -> Change {
    let mut book = Book::open(lots, debt);
    book.expire(now);
    book.close()
}

/// Takes back what a source gave (refund, return), `source` being its lots: first what is pending, then what remains
/// of those lots, then other lots in order of spending, and the rest becomes debt. What ran out is not taken twice. A
/// source reversed before is left alone.
pub fn reverse(lots: &[Lot], debt: i64, source: &[PointsLotId], now: DateTime<Utc>) -> Change {
    let mut book = Book::open(lots, debt);
    book.expire(now);
    let mut owed = 0;
    for at in 0..book.lots.len() {
        let lot = book.lots[at];
        if !source.contains(&lot.id) || lot.state == LotState::Reversed {
            continue;
        }
        if lot.state == LotState::Pending {
            book.lots[at].remaining = 0;
        } else {
            owed += lot.earned - lot.expired - lot.remaining;
            book.take(at, PointsEntryKind::Reverse, lot.remaining);
        }
        book.set_state(at, LotState::Reversed);
    }
    for at in book.active_in_turn() {
        let part = owed.min(book.lots[at].remaining);
        book.take(at, PointsEntryKind::Reverse, part);
        owed -= part;
    }
    book.line(None, PointsEntryKind::Reverse, -owed);
    book.debt += owed;
    book.close()
}

/// Gives back the parts of a cancelled redemption to the lots they came from; a lot past its expiry gets thirty days
/// from `now`. Debt is paid first.
///
/// A lot whose source was reversed meanwhile stays closed, because the reversal took its price from elsewhere. Its
/// part goes to a new lot with the id `spare`, at least thirty days long; if the change has a lot with that id, it is
/// to be inserted.
pub fn restore(
    lots: &[Lot],
    debt: i64,
    parts: &[(PointsLotId, i64)],
    spare: PointsLotId,
    now: DateTime<Utc>,
) -> Change {
    let grace = now + TimeDelta::days(GRACE_DAYS);
    let mut book = Book::open(lots, debt);
    book.expire(now);
    for &(id, points) in parts {
        let from = book.find(id).map(|at| (at, book.lots[at]));
        match from {
            Some((at, lot)) if lot.state != LotState::Reversed => {
                if lot.is_past(now) {
                    book.lots[at].expires_at = Some(grace);
                }
                book.put(at, points);
            }
            _ => {
                let until = from.map_or(Some(grace), |(_, lot)| lot.expires_at.map(|expires| expires.max(grace)));
                let at = book.spare(spare, now, until);
                book.lots[at].earned += points;
                book.put(at, points);
            }
        }
    }
    book.pay_debt();
    book.close()
}

/// An account while an operation works on it.
struct Book {
    lots: Vec<Lot>,
    touched: Vec<bool>,
    lines: Vec<Line>,
    debt: i64,
}

impl Book {
    fn open(lots: &[Lot], debt: i64) -> Self {
        Self { lots: lots.to_vec(), touched: vec![false; lots.len()], lines: Vec::new(), debt }
    }

    fn close(self) -> Change {
        let lots =
            self.lots.into_iter().zip(self.touched).filter_map(|(lot, touched)| touched.then_some(lot)).collect();
        Change { lots, lines: self.lines, debt: self.debt }
    }

    fn find(&self, id: PointsLotId) -> Option<usize> {
        self.lots.iter().position(|lot| lot.id == id)
    }

    fn line(&mut self, lot: Option<PointsLotId>, kind: PointsEntryKind, points: i64) {
        if points != 0 {
            self.lines.push(Line { lot, kind, points });
        }
    }

    fn set_state(&mut self, at: usize, state: LotState) {
        self.lots[at].state = state;
        self.touched[at] = true;
    }

    /// Takes points out of an active lot.
    fn take(&mut self, at: usize, kind: PointsEntryKind, points: i64) {
        if points == 0 {
            return;
        }
        self.lots[at].remaining -= points;
        let state = if self.lots[at].remaining == 0 { LotState::Spent } else { LotState::Active };
        self.set_state(at, state);
        self.line(Some(self.lots[at].id), kind, -points);
    }

    /// Gives points back to a lot.
    fn put(&mut self, at: usize, points: i64) {
        self.lots[at].remaining += points;
        self.set_state(at, LotState::Active);
        self.line(Some(self.lots[at].id), PointsEntryKind::Restore, points);
    }

    /// The place of the spare lot, made if it is not there, living until the later of the two dates.
    fn spare(&mut self, id: PointsLotId, now: DateTime<Utc>, until: Option<DateTime<Utc>>) -> usize {
        if let Some(at) = self.find(id) {
            let lot = &mut self.lots[at];
            lot.expires_at = lot.expires_at.zip(until).map(|(a, b)| a.max(b));
            return at;
        }
        self.lots.push(Lot {
            id,
            earned: 0,
            remaining: 0,
            expired: 0,
            state: LotState::Active,
            earned_at: now,
            activates_at: None,
            expires_at: until,
        });
        self.touched.push(true);
        self.lots.len() - 1
    }

    fn active_in_turn(&self) -> Vec<usize> {
        let mut active: Vec<usize> =
            (0..self.lots.len()).filter(|at| self.lots[*at].state == LotState::Active).collect();
        active.sort_by_key(|at| self.lots[*at].turn());
        active
    }

    fn expire(&mut self, now: DateTime<Utc>) {
        for at in self.active_in_turn() {
            let lot = self.lots[at];
            if lot.is_past(now) {
                self.take(at, PointsEntryKind::Expire, lot.remaining);
                self.lots[at].expired += lot.remaining;
                self.set_state(at, LotState::Expired);
            }
        }
    }

    /// Pays debt with what is active: a line for the lot and its counterpart for the debt, which together move
    /// nothing.
    fn pay_debt(&mut self) {
        for at in self.active_in_turn() {
            let part = self.debt.min(self.lots[at].remaining);
            self.take(at, PointsEntryKind::Adjust, part);
            self.line(None, PointsEntryKind::Adjust, part);
            self.debt -= part;
        }
    }
}

#[cfg(test)]
mod tests;
