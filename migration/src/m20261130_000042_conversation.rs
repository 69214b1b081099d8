//! The conversation on an order, its messages, and files whose bytes are elsewhere (C076).

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: LISTS, up: UP, down: DOWN };

const LISTS: &[(&str, &str)] = &[
    ("side", "CUSTOMER STORE"),
    ("sender_role", "CUSTOMER CONSULTANT STORE_MANAGER OPERATOR PARTNER_SYSTEM"),
    ("file_type", "JPEG PNG WEBP HEIC PDF VIDEO"),
    ("file_state", "PENDING UPLOADED REMOVED"),
];

const UP: &str = "
CREATE TABLE conversation (
    id                {uuid} NOT NULL PRIMARY KEY,
    order_id          {uuid} NOT NULL UNIQUE REFERENCES customer_order,
    store_id          {uuid} NOT NULL REFERENCES store,
    delivery_store_id {uuid} NOT NULL REFERENCES store,
    message_count     integer NOT NULL CHECK (message_count > 0),
    last_side         varchar(32) NOT NULL CHECK (last_side IN {side}),
    last_message_at   {instant} NOT NULL,
    customer_read     integer NOT NULL CHECK (customer_read BETWEEN 0 AND message_count),
    store_read        integer NOT NULL CHECK (store_read BETWEEN 0 AND message_count),
    customer_unread   integer NOT NULL CHECK (customer_unread BETWEEN 0 AND message_count),
    store_unread      integer NOT NULL CHECK (store_unread BETWEEN 0 AND message_count),
    created_at        {instant} NOT NULL,
    updated_at        {instant} NOT NULL
);
-- The inboxes of stores and of operators: all, and what waits for an answer.
CREATE INDEX idx_conversation_last_message_at_id ON conversation (last_message_at DESC, id DESC);
CREATE INDEX idx_conversation_store_id_last_message_at_id ON conversation (store_id, last_message_at DESC, id DESC);
CREATE INDEX idx_conversation_delivery_store_id_last_message_at_id
    ON conversation (delivery_store_id, last_message_at DESC, id DESC);
CREATE INDEX idx_conversation_unanswered_last_message_at_id ON conversation (last_message_at DESC, id DESC)
    WHERE last_side = 'CUSTOMER';
CREATE INDEX idx_conversation_unanswered_store_id_last_message_at_id
    ON conversation (store_id, last_message_at DESC, id DESC) WHERE last_side = 'CUSTOMER';
CREATE INDEX idx_conversation_unanswered_delivery_store_id_last_message_at
    ON conversation (delivery_store_id, last_message_at DESC, id DESC) WHERE last_side = 'CUSTOMER';

CREATE TABLE message (
    id              {uuid} NOT NULL PRIMARY KEY,
    conversation_id {uuid} NOT NULL REFERENCES conversation,
    order_id        {uuid} NOT NULL REFERENCES customer_order,
    number          integer NOT NULL CHECK (number > 0),
    side            varchar(32) NOT NULL CHECK (side IN {side}),
    sender_role     varchar(32) NOT NULL CHECK (sender_role IN {sender_role}),
    customer_id     {uuid} REFERENCES customer,
    staff_id        {uuid} REFERENCES staff,
    text            {bytes},
    sent_at         {instant} NOT NULL,
    recalled_at     {instant},
    CHECK ((customer_id IS NULL) <> (staff_id IS NULL)),
    CHECK (recalled_at IS NULL OR text IS NULL)
);
-- A conversation in its order.
CREATE UNIQUE INDEX idx_message_order_id_number ON message (order_id, number);

CREATE TABLE shared_file (
    id          {uuid} NOT NULL PRIMARY KEY,
    order_id    {uuid} NOT NULL REFERENCES customer_order,
    message_id  {uuid} REFERENCES message,
    position    integer NOT NULL CHECK (position >= 0),
    uploaded_by text NOT NULL,
    name        {bytes} NOT NULL,
    file_type   varchar(32) NOT NULL CHECK (file_type IN {file_type}),
    size_bytes  bigint NOT NULL CHECK (size_bytes > 0),
    sha256      text CHECK (length(sha256) = 64),
    object      text,
    state       varchar(32) NOT NULL CHECK (state IN {file_state}),
    created_at  {instant} NOT NULL,
    uploaded_at {instant},
    CHECK (state <> 'UPLOADED' OR (sha256 IS NOT NULL AND object IS NOT NULL AND uploaded_at IS NOT NULL)),
    CHECK (message_id IS NULL OR state = 'UPLOADED')
);
-- The files of a message.
CREATE INDEX idx_shared_file_message_id_position ON shared_file (message_id, position) WHERE message_id IS NOT NULL;
-- The files of an order: those to be removed with it, and how many somebody has that are not sent.
CREATE INDEX idx_shared_file_order_id ON shared_file (order_id);
-- Those that nobody has sent, which are removed after a while.
CREATE INDEX idx_shared_file_created_at_unsent ON shared_file (created_at) WHERE message_id IS NULL;
";

const DOWN: &str = "
DROP TABLE shared_file;
DROP TABLE message;
DROP TABLE conversation;
";
