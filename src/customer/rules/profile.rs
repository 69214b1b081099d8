//! Changes to a profile: every field checked at once, and how complete a profile is (domain.md C008).

use entity::ids::StoreId;
use entity::vocabulary::{Gender, Locale};

use crate::values::city_code::CityCode;
use crate::values::email::Email;
use crate::values::error::Invalid;
use crate::values::person_name::PersonName;
use crate::values::postal_address::PostalAddress;

/// What is to happen to one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// The field was not named.
    #[default]
    Keep,
    /// The field was set to null.
    Clear,
    /// The field was given.
    Set(T),
}

impl<T> Change<T> {
    /// Whether nothing happens.
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// The value after the change.
    pub fn apply(self, current: Option<T>) -> Option<T> {
        match self {
            Self::Keep => current,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }

    fn read<U>(self, read: impl FnOnce(T) -> Result<U, Invalid>) -> Result<Change<U>, Invalid> {
        Ok(match self {
            Self::Keep => Change::Keep,
            Self::Clear => Change::Clear,
            Self::Set(value) => Change::Set(read(value)?),
        })
    }
}

/// A change as it arrives; texts are not read yet. The phone is not here: it changes with a code sent to it. Has no
/// `Debug`, because the texts are in clear.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ProfilePatch {
    /// Chosen nickname; cannot be cleared.
    pub display_name: Change<String>,
    /// Real name.
    pub real_name: Change<String>,
    /// E-mail address.
    pub email: Change<String>,
    /// Street address.
    pub address: Change<String>,
    /// Gender; cleared means not stated.
    pub gender: Change<Gender>,
    /// Month of birth, 1 to 12.
    pub birth_month: Change<i32>,
    /// City or county code.
    pub home_city_code: Change<String>,
    /// Preferred store; whether it exists is the store's to say.
    pub preferred_store_id: Change<StoreId>,
    /// Language tag: `zh-CN` or `en`.
    pub preferred_locale: Change<String>,
}

/// A change whose every field is right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileChanges {
    /// New nickname, if any.
    pub display_name: Option<PersonName>,
    /// Real name.
    pub real_name: Change<PersonName>,
    /// E-mail address.
    pub email: Change<Email>,
    /// Street address.
    pub address: Change<PostalAddress>,
    /// New gender, if any.
    pub gender: Option<Gender>,
    /// Month of birth, 1 to 12.
    pub birth_month: Change<i32>,
    /// City.
    pub home_city_code: Change<CityCode>,
    /// Preferred store.
    pub preferred_store_id: Change<StoreId>,
    /// Language.
    pub preferred_locale: Change<Locale>,
}

impl ProfileChanges {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Reads all fields of a change.
///
/// # Errors
/// Every broken rule with the name of its field as in the input type, in order of the fields; nothing is to be
/// written then.
pub fn validate(patch: ProfilePatch) -> Result<ProfileChanges, Vec<(&'static str, Invalid)>> {
    let mut errors = Errors(Vec::new());
    let display_name = match patch.display_name {
        Change::Keep => None,
        Change::Clear => errors.note("displayName", Err(Invalid::REQUIRED)),
        Change::Set(text) => errors.note("displayName", PersonName::parse(&text).map(Some)),
    };
    let changes = ProfileChanges {
        display_name,
        real_name: errors.note("realName", patch.real_name.read(|t| PersonName::parse(&t))),
        email: errors.note("email", patch.email.read(|t| Email::parse(&t))),
        address: errors.note("address", patch.address.read(|t| PostalAddress::parse(&t))),
        gender: match patch.gender {
            Change::Keep => None,
            Change::Clear => Some(Gender::Unknown),
            Change::Set(gender) => Some(gender),
        },
        birth_month: errors.note("birthMonth", patch.birth_month.read(month)),
        home_city_code: errors.note("homeCityCode", patch.home_city_code.read(|t| CityCode::parse(&t))),
        preferred_store_id: patch.preferred_store_id,
        preferred_locale: errors.note("preferredLocale", patch.preferred_locale.read(|t| locale(&t))),
    };
    if errors.0.is_empty() { Ok(changes) } else { Err(errors.0) }
}

struct Errors(Vec<(&'static str, Invalid)>);

impl Errors {
    /// The value, or what stands for it while the other fields are read.
    fn note<T: Default>(&mut self, field: &'static str, result: Result<T, Invalid>) -> T {
        result.unwrap_or_else(|invalid| {
            self.0.push((field, invalid));
            T::default()
        })
    }
}

fn month(month: i32) -> Result<i32, Invalid> {
    if (1..=12).contains(&month) { Ok(month) } else { Err(Invalid::rule("month")) }
}

/// The language of a tag; `zh`, `zh-CN` and `zh-Hans-CN` are one, as are `en` and `en-…`.
fn locale(tag: &str) -> Result<Locale, Invalid> {
    match tag.trim().split(['-', '_']).next() {
        Some(language) if language.eq_ignore_ascii_case("zh") => Ok(Locale::ZhCn),
        Some(language) if language.eq_ignore_ascii_case("en") => Ok(Locale::En),
        _ => Err(Invalid::rule("locale")),
    }
}

/// A field that counts for completeness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileField {
    /// Real name.
    RealName,
    /// Verified phone.
    Phone,
    /// E-mail address.
    Email,
    /// Gender is stated.
    Gender,
    /// Month of birth.
    BirthMonth,
    /// City.
    HomeCity,
    /// Preferred store.
    PreferredStore,
}

impl ProfileField {
    /// Name of the field as in the schema.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RealName => "realName",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Gender => "gender",
            Self::BirthMonth => "birthMonth",
            Self::HomeCity => "homeCityCode",
            Self::PreferredStore => "preferredStoreId",
        }
    }
}

/// Which fields are filled. The address is left out on purpose: it is sensitive, and only a test drive at home or a
/// delivery needs it, so nobody is paid points for it (PIPL 6, least data).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// Real name is there.
    pub real_name: bool,
    /// Phone is there.
    pub phone: bool,
    /// E-mail address is there.
    pub email: bool,
    /// Gender is stated.
    pub gender: bool,
    /// Month of birth is there.
    pub birth_month: bool,
    /// City is there.
    pub home_city: bool,
    /// Preferred store is there.
    pub preferred_store: bool,
}

/// How complete a profile is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completeness {
    /// 0 to 100, rounded down; 100 exactly if nothing is missing.
    pub percent: u8,
    /// What is missing, in the order in which to ask for it.
    pub missing: Vec<ProfileField>,
}

/// Completeness of a profile: the share of seven fields, all alike (C008). Reaching 100 earns points.
pub fn completeness(filled: &Filled) -> Completeness {
    let fields = [
        (ProfileField::Phone, filled.phone),
        (ProfileField::RealName, filled.real_name),
        (ProfileField::HomeCity, filled.home_city),
        (ProfileField::PreferredStore, filled.preferred_store),
        (ProfileField::BirthMonth, filled.birth_month),
        (ProfileField::Gender, filled.gender),
        (ProfileField::Email, filled.email),
    ];
    let missing: Vec<_> = fields.iter().filter(|(_, there)| !there).map(|(field, _)| *field).collect();
    let there = fields.len() - missing.len();
    Completeness { percent: u8::try_from(100 * there / fields.len()).unwrap_or(100), missing }
}

#[cfg(test)]
mod tests;
