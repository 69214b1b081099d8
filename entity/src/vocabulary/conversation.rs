//! Words of the conversation on an order (C076).

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

vocabulary! {
    list conversation_vocabularies $;

    /// Who stands together in a conversation.
    enum ConversationSide {
        /// The customer.
        Customer,
        /// The store, and the car maker's operators.
        Store,
    }

    /// How far a file is.
    enum SharedFileState {
        /// It is to be uploaded.
        Pending,
        /// It is there.
        Uploaded,
        /// It was taken back, and is about to be removed.
        Removed,
    }

    /// What a file can be.
    enum SharedFileType {
        /// `image/jpeg`.
        Jpeg,
        /// `image/png`.
        Png,
        /// `image/webp`.
        Webp,
        /// `image/heic`.
        Heic,
        /// `application/pdf`.
        Pdf,
        /// `video/mp4`.
        Video,
    }
}
