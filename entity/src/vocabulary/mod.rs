//! Closed sets of values. Each is a text column, a GraphQL enum and a JSON string, all with the same spelling;
//! the doc comments are the schema's descriptions. A file for each domain.

// `list` names a macro that hands all names of the file to another macro; the dollar is for it, since a macro cannot
// write one.
macro_rules! vocabulary {
    (list $list:ident $dollar:tt; $($(#[$doc:meta])* enum $name:ident { $($(#[$vdoc:meta])* $variant:ident,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(
                Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord,
                EnumIter, DeriveActiveEnum, Serialize, Deserialize, async_graphql::Enum, schemars::JsonSchema,
            )]
            #[sea_orm(rs_type = "String", db_type = "String(StringLen::N(32))", rename_all = "SCREAMING_SNAKE_CASE")]
            #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
            pub enum $name { $($(#[$vdoc])* $variant,)* }

            impl $name {
                /// Every value, in order of declaration.
                pub const ALL: &'static [Self] = &[$(Self::$variant),*];

                /// Its spelling.
                pub fn code(self) -> &'static str {
                    <Self as async_graphql::resolver_utils::EnumType>::items()[self as usize].name
                }
            }

            // Stands for a column that was not read (`Columns::read_some`).
            impl Default for $name {
                fn default() -> Self {
                    Self::ALL[0]
                }
            }

            impl crate::Column for $name {
                fn of_bytes(bytes: &[u8]) -> Result<Self, sea_orm::DbErr> {
                    crate::column::word(bytes)
                }
            }

            impl std::fmt::Display for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str(self.code())
                }
            }
        )*

        /// Hands the names of these vocabularies to a macro.
        #[macro_export]
        macro_rules! $list {
            ($dollar then:ident) => { $dollar then! { $($name)* } };
        }
    };
}

mod board;
mod catalog;
mod conversation;
mod customer;
mod eta;
mod event;
mod inventory;
mod lead;
mod loyalty;
mod order;
mod parity;
mod quality;
mod shared;
mod upstream;
mod webhook;

pub use board::*;
pub use catalog::*;
pub use conversation::*;
pub use customer::*;
pub use eta::*;
pub use event::*;
pub use inventory::*;
pub use lead::*;
pub use loyalty::*;
pub use order::*;
pub use parity::*;
pub use quality::*;
pub use shared::*;
pub use upstream::*;
pub use webhook::*;
