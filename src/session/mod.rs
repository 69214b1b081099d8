//! What operators may do about sign-ins. The list of what is withdrawn is kept by [`crate::identity`].

mod mutations;

pub use mutations::Mutations;
