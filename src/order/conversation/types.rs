//! What a conversation looks like.

use async_graphql::{Description, ID};
use chrono::{DateTime, Utc};
use entity::order::{conversation, message, shared_file};
use entity::{ConversationSide, Role, SharedFileState};

use super::doors;
use super::links::{EndOfOrder, FilesOfMessage, LatestOfOrder};
use super::policy;
use super::rules::talk::closes_at;
use super::rules::tally::{Reader, Tally, other};
use crate::access::Disclosure;
use crate::customer::CustomerOfRecord;
use crate::files::rules::content_type;
use crate::graph::answer::To;
use crate::graph::connection::page_args;
use crate::graph::scalars::Int64;
use crate::graph::{Call, Result, fields};
use crate::order::OrderById;
use crate::order::types::FileLink;
use crate::place::StaffById;
use crate::store::vault::Personal;

/// What is written on an order, between its customer, the people of its stores and the car maker (C076). It begins with the first message.
#[derive(Clone, Debug, Description)]
pub struct Conversation(pub conversation::Model);

impl Conversation {
    /// How far a side is.
    fn reader(&self, side: ConversationSide) -> Reader {
        tally(&self.0).of(side)
    }
}

/// A conversation in numbers.
pub fn tally(row: &conversation::Model) -> Tally {
    Tally {
        count: row.message_count,
        customer: Reader { read: row.customer_read, unread: row.customer_unread },
        store: Reader { read: row.store_read, unread: row.store_unread },
    }
}

#[fields(rows(conversation::Model))]
impl Conversation {
    /// Type-prefixed ULID, as in `cnv_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The order.
    #[link(self.0.order_id)]
    fn order(&self) -> To<OrderById>;

    /// The newest messages, the newest last. Earlier ones are had by the query `messages`.
    fn messages(&self, #[graphql(desc = "How many, 1 to 100.")] first: i32) -> Result<To<LatestOfOrder>> {
        Ok(To::new((self.0.order_id, page_args(first, None)?.first)))
    }

    /// How many messages there are, those that were taken back among them: the number of the last one.
    fn message_count(&self) -> i32 {
        self.0.message_count
    }

    /// When the last message was sent.
    fn last_message_at(&self) -> DateTime<Utc> {
        self.0.last_message_at
    }

    /// Whether the customer wrote last, so that somebody waits for an answer.
    fn unanswered(&self) -> bool {
        self.0.last_side == ConversationSide::Customer
    }

    /// Messages of the other side that the caller's side has not read: of the customer, or of the store, to which operators belong.
    #[columns(message_count, customer_read, customer_unread, store_read, store_unread)]
    fn unread_count(&self, call: &Call) -> i32 {
        self.reader(policy::side(&call.viewer)).unread
    }

    /// Number of the last message that the caller's side has read; 0 for none.
    #[columns(message_count, customer_read, customer_unread, store_read, store_unread)]
    fn read_up_to(&self, call: &Call) -> i32 {
        self.reader(policy::side(&call.viewer)).read
    }

    /// Number of the last message that the other side has read; 0 for none.
    #[columns(message_count, customer_read, customer_unread, store_read, store_unread)]
    fn read_by_other_up_to(&self, call: &Call) -> i32 {
        self.reader(other(policy::side(&call.viewer))).read
    }

    /// From when on no more messages are taken, 30 days after the order's end; null while the order is under way. It can be read for good.
    fn closes_at(&self, call: &Call) -> Result<Option<DateTime<Utc>>> {
        Ok(closes_at(*call.found::<EndOfOrder>(&self.0.order_id)?))
    }
}

/// A message of a conversation.
#[derive(Clone, Debug, Description)]
pub struct Message(pub message::Model);

#[fields(rows(message::Model))]
impl Message {
    /// Type-prefixed ULID, as in `msg_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Place in the conversation, from one on without gaps.
    fn number(&self) -> i32 {
        self.0.number
    }

    /// The order.
    #[link(self.0.order_id)]
    fn order(&self) -> To<OrderById>;

    /// On which side its sender stands.
    fn side(&self) -> ConversationSide {
        self.0.side
    }

    /// What its sender was then.
    fn sender_role(&self) -> Role {
        self.0.sender_role
    }

    /// The sender, where it is the customer.
    #[link(self.0.customer_id)]
    fn customer(&self) -> To<CustomerOfRecord>;

    /// The sender, where it is somebody of a store or of the car maker.
    #[link(self.0.staff_id)]
    fn staff(&self) -> To<StaffById>;

    /// Whether the caller sent it.
    #[columns(customer_id, staff_id)]
    fn is_mine(&self, call: &Call) -> bool {
        is_of(&call.viewer, &self.0)
    }

    /// What it says; null where it is files alone, and once it was taken back. `****` for operators without `pii:read`.
    fn text(&self, call: &Call) -> Result<Option<String>> {
        let disclosure = policy::words(&call.viewer);
        self.0.text.as_ref().map(|text| call.show(Personal::Message, text, disclosure)).transpose()
    }

    /// What came with it, at most ten; none once it was taken back.
    #[link(self.0.id)]
    fn files(&self) -> To<FilesOfMessage>;

    /// When it was sent.
    fn sent_at(&self) -> DateTime<Utc> {
        self.0.sent_at
    }

    /// When its sender took it back.
    fn recalled_at(&self) -> Option<DateTime<Utc>> {
        self.0.recalled_at
    }
}

/// Whether somebody sent a message.
pub fn is_of(viewer: &crate::access::Viewer, row: &message::Model) -> bool {
    policy::sender(viewer)
        .is_some_and(|sender| (sender.customer_id, sender.staff_id) == (row.customer_id, row.staff_id))
}

/// A file that is sent with a message.
#[derive(Clone, Debug, Description)]
pub struct SharedFile(pub shared_file::Model);

#[fields(rows(shared_file::Model))]
impl SharedFile {
    /// Type-prefixed ULID, as in `fil_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What its sender calls it. `****` for operators without `pii:read`.
    fn name(&self, call: &Call) -> Result<String> {
        call.show(Personal::Message, &self.0.name, policy::words(&call.viewer))
    }

    /// What it is, as in `image/jpeg`: told by its bytes.
    fn content_type(&self) -> &str {
        content_type(self.0.file_type)
    }

    /// Bytes.
    fn size(&self) -> Int64 {
        Int64(self.0.size_bytes)
    }

    /// Of its bytes, hexadecimal; null until it is uploaded, and for whoever is not shown its name.
    fn sha256(&self, call: &Call) -> Option<&str> {
        self.0.sha256.as_deref().filter(|_| policy::words(&call.viewer) == Disclosure::Clear)
    }

    /// How far it is.
    fn state(&self) -> SharedFileState {
        self.0.state
    }

    /// Where it is had; null until it is uploaded, and for operators without `pii:read`.
    #[columns(id, state)]
    fn link(&self, call: &Call) -> Option<FileLink> {
        let there = self.0.state == SharedFileState::Uploaded && policy::words(&call.viewer) == Disclosure::Clear;
        let (url, expires_at) = there.then(|| doors::download_link(&call.app.vault, self.0.id, call.now))?;
        Some(FileLink { url, expires_at })
    }
}
