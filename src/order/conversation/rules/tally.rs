//! How far each side of a conversation has read, and what it has not (C076).

use entity::ConversationSide;

/// How far a side is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reader {
    /// Number of the last message that it has read.
    pub read: i32,
    /// Messages of the other side after that, without those that were taken back.
    pub unread: i32,
}

/// A conversation in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Number of the last message.
    pub count: i32,
    /// The customer.
    pub customer: Reader,
    /// The store.
    pub store: Reader,
}

/// The other side.
pub fn other(side: ConversationSide) -> ConversationSide {
    match side {
        ConversationSide::Customer => ConversationSide::Store,
        ConversationSide::Store => ConversationSide::Customer,
    }
}

impl Tally {
    /// How far a side is.
    pub fn of(&self, side: ConversationSide) -> Reader {
        match side {
            ConversationSide::Customer => self.customer,
            ConversationSide::Store => self.store,
        }
    }

    fn change(mut self, side: ConversationSide, change: impl FnOnce(&mut Reader)) -> Self {
        change(match side {
            ConversationSide::Customer => &mut self.customer,
            ConversationSide::Store => &mut self.store,
        });
        self
    }

    /// After one more message of a side, which has the number `count` then.
    #[must_use]
    pub fn sent(self, by: ConversationSide) -> Self {
        Self { count: self.count + 1, ..self }.change(other(by), |reader| reader.unread += 1)
    }

    /// After a side has read up to a message; `unread` counts those of the other side after it. Nobody unreads anything: none where
    /// they had read further.
    pub fn read(self, by: ConversationSide, up_to: i32, unread: i32) -> Option<Self> {
        (up_to > self.of(by).read).then(|| self.change(by, |reader| *reader = Reader { read: up_to, unread }))
    }

    /// After a side took a message back.
    #[must_use]
    pub fn recalled(self, by: ConversationSide, number: i32) -> Self {
        self.change(other(by), |reader| {
            if number > reader.read {
                reader.unread = (reader.unread - 1).max(0);
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Send(bool),
        Read(bool, usize),
        Recall(usize),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            any::<bool>().prop_map(Step::Send),
            (any::<bool>(), 0_usize..40).prop_map(|(side, up_to)| Step::Read(side, up_to)),
            (0_usize..40).prop_map(Step::Recall),
        ];
        proptest::collection::vec(step, 0..80)
    }

    fn side(customer: bool) -> ConversationSide {
        if customer { ConversationSide::Customer } else { ConversationSide::Store }
    }

    proptest! {
        #[test]
        fn what_is_unread_is_what_one_counts(steps in steps()) {
            let mut tally = Tally::default();
            // Who sent each, and whether it stands; how far each side has read.
            let (mut sent, mut read) = (Vec::<(ConversationSide, bool)>::new(), [0_usize; 2]);
            for step in steps {
                match step {
                    Step::Send(customer) => {
                        tally = tally.sent(side(customer));
                        sent.push((side(customer), true));
                    }
                    Step::Read(customer, up_to) if up_to > 0 && up_to <= sent.len() => {
                        let by = side(customer);
                        let after = sent[up_to..].iter().filter(|(who, stands)| *who != by && *stands).count();
                        if let Some(next) = tally.read(by, up_to as i32, after as i32) {
                            tally = next;
                        }
                        let read = &mut read[usize::from(customer)];
                        *read = (*read).max(up_to);
                    }
                    Step::Recall(number) if number > 0 && number <= sent.len() && sent[number - 1].1 => {
                        tally = tally.recalled(sent[number - 1].0, number as i32);
                        sent[number - 1].1 = false;
                    }
                    Step::Read(..) | Step::Recall(_) => {}
                }
                prop_assert_eq!(tally.count as usize, sent.len());
                for customer in [false, true] {
                    let (by, read) = (side(customer), read[usize::from(customer)]);
                    let unread = sent[read..].iter().filter(|(who, stands)| *who != by && *stands).count();
                    prop_assert_eq!(tally.of(by), Reader { read: read as i32, unread: unread as i32 });
                }
            }
        }
    }
}
