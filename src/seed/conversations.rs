//! What is written on the demo's orders (C076). Dice of its own, so that what others draw stays as it is.

use chrono::TimeDelta;
use entity::order::{conversation, message, order};
use entity::{ConversationSide, PrefixedId, Role};

use super::batch::Batch;
use super::demo_people;
use super::dice::Dice;
use super::world::Generator;
use crate::order::conversation::rules::tally::Tally;
use crate::store::vault::Personal;

use ConversationSide::{Customer, Store};

/// Who says what. One waits for an answer.
const TALKS: &[&[(ConversationSide, &str)]] = &[
    &[
        (Customer, "您好，请问预计什么时候可以提车？"),
        (Store, "您好，车辆正在路上，到店后我第一时间联系您。"),
        (Customer, "好的，那充电桩要提前预约安装吗？"),
    ],
    &[(Customer, "可以改到周末交车吗？"), (Store, "可以的，周六上午十点为您预留。")],
    &[(Store, "您的订单我们已经收到，有问题请随时留言。")],
];

/// Between two messages.
const PAUSE: TimeDelta = TimeDelta::minutes(25);

impl Generator<'_> {
    /// What is written on an order: on all of the demo's own store, and on some of others.
    pub(super) fn converse(&self, row: &order::Model, batch: &mut Batch) {
        let mut dice = Dice::new(row.id.uuid().as_u64_pair().1.wrapping_add(2));
        let demo = demo_people();
        let first = row.created_at + TimeDelta::hours(1);
        let Some(staff_id) = row.consultant_id.filter(|_| first + PAUSE * 4 < self.today) else { return };
        if row.store_id != demo.store && !dice.percent(15) {
            return;
        }
        let talk = if row.id == demo.order { TALKS[0] } else { TALKS[dice.between(0, 2) as usize] };
        let id = dice.id();
        let (mut counted, mut at, mut last) = (Tally::default(), first, Store);
        for (side, text) in talk {
            // Who answers has read what was said.
            counted = counted.read(*side, counted.count, 0).unwrap_or(counted).sent(*side);
            (at, last) = (at + PAUSE, *side);
            let by_customer = *side == Customer;
            batch.messages.push(message::Model {
                id: dice.id(),
                conversation_id: id,
                order_id: row.id,
                number: counted.count,
                side: *side,
                sender_role: if by_customer { Role::Customer } else { Role::Consultant },
                customer_id: by_customer.then_some(row.customer_id),
                staff_id: (!by_customer).then_some(staff_id),
                text: Some(self.vault.seal(Personal::Message, text)),
                sent_at: at,
                recalled_at: None,
            });
        }
        batch.conversations.push(conversation::Model {
            id,
            order_id: row.id,
            store_id: row.store_id,
            delivery_store_id: row.delivery_store_id,
            message_count: counted.count,
            last_side: last,
            last_message_at: at,
            customer_read: counted.customer.read,
            store_read: counted.store.read,
            customer_unread: counted.customer.unread,
            store_unread: counted.store.unread,
            created_at: first + PAUSE,
            updated_at: at,
        });
    }
}
