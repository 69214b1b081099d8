//! To whom an invoice is made out (C073; domain.md 3.4, 3.6).

use entity::vocabulary::InvoiceTitleType;
use serde::{Deserialize, Serialize};

use crate::access::Disclosure;
use crate::values::credit_code::CreditCode;
use crate::values::error::Invalid;
use crate::values::person_name::PersonName;
use crate::values::postal_address::PostalAddress;
use crate::values::resident_id::ResidentId;
use crate::values::{mask, text};

/// Most characters of a company's and a bank's name.
const MAX_NAME: u32 = 100;

/// Digits of an account with a bank.
const ACCOUNT: std::ops::RangeInclusive<usize> = 8..=32;

/// To whom an invoice is made out. Kept sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Title {
    pub title_type: InvoiceTitleType,
    pub name: String,
    /// The unified social credit code of a company. A person's resident id, which stands on the invoice of a car by law and
    /// on no other, so that nobody is asked for it before (PIPL 6).
    pub tax_id: Option<String>,
    pub address: Option<String>,
    pub phone: Option<String>,
    pub bank_name: Option<String>,
    pub bank_account: Option<String>,
}

impl std::fmt::Debug for Title {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Title({})", self.title_type)
    }
}

impl Title {
    /// As it may be shown. A company's name and code are public; a resident id is masked even for its owner.
    #[must_use]
    pub fn shown(self, disclosure: Disclosure) -> Self {
        let person = self.title_type == InvoiceTitleType::Individual;
        let title = Self { tax_id: self.tax_id.map(|id| if person { mask::resident_id(&id) } else { id }), ..self };
        match disclosure {
            Disclosure::Clear => title,
            Disclosure::Masked => Self {
                name: if person { mask::person_name(&title.name) } else { title.name },
                address: title.address.as_deref().map(mask::postal_address),
                phone: title.phone.as_deref().map(mask::phone),
                bank_account: title.bank_account.as_deref().map(mask::bank_card),
                ..title
            },
        }
    }

    /// What a special VAT invoice says of the company and this does not, by name; a person gets none at all.
    pub fn missing_for_special(&self) -> Vec<&'static str> {
        let all = [
            ("address", self.address.is_none()),
            ("phone", self.phone.is_none()),
            ("bankName", self.bank_name.is_none()),
            ("bankAccount", self.bank_account.is_none()),
        ];
        all.into_iter().filter(|(_, missing)| *missing).map(|(name, _)| name).collect()
    }
}

/// Checks a title; what is empty is left out.
///
/// # Errors
/// Every rule that is broken, by field.
pub fn read(given: Title) -> Result<Title, Vec<(&'static str, Invalid)>> {
    let mut broken = Vec::new();
    let mut note = |field: &'static str, checked: Result<String, Invalid>| match checked {
        Ok(value) => Some(value),
        Err(invalid) => {
            broken.push((field, invalid));
            None
        }
    };
    let person = given.title_type == InvoiceTitleType::Individual;
    let there = |value: Option<String>| value.filter(|value| !value.trim().is_empty());
    let name = match person {
        true => PersonName::parse(&given.name).map(|name| name.as_str().to_owned()),
        false => text::line(&given.name, MAX_NAME),
    };
    let name = note("name", name);
    let tax_id = match (person, there(given.tax_id)) {
        (true, None) => None,
        (true, Some(id)) => note("taxId", ResidentId::parse(&id).map(|id| id.as_str().to_owned())),
        (false, id) => note("taxId", CreditCode::parse(&id.unwrap_or_default()).map(|code| code.to_string())),
    };
    let address = there(given.address)
        .and_then(|address| note("address", PostalAddress::parse(&address).map(|it| it.as_str().to_owned())));
    let phone = there(given.phone).and_then(|number| note("phone", phone(&number)));
    let (bank_name, bank_account) = match (there(given.bank_name), there(given.bank_account)) {
        (None, None) => (None, None),
        (bank, account) => (
            note("bankName", text::line(&bank.unwrap_or_default(), MAX_NAME)),
            note("bankAccount", self::account(&account.unwrap_or_default())),
        ),
    };
    match name {
        Some(name) if broken.is_empty() => {
            Ok(Title { title_type: given.title_type, name, tax_id, address, phone, bank_name, bank_account })
        }
        _ => Err(broken),
    }
}

/// A number that may have an area code and an extension, as companies' do.
fn phone(text: &str) -> Result<String, Invalid> {
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let digits = bare.chars().filter(char::is_ascii_digit).count();
    let right = (7..=20).contains(&digits) && bare.chars().all(|c| c.is_ascii_digit() || "+-()".contains(c));
    if right { Ok(bare) } else { Err(Invalid::rule("invoice-phone")) }
}

/// The digits of an account with a bank.
fn account(text: &str) -> Result<String, Invalid> {
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if bare.is_empty() {
        return Err(Invalid::REQUIRED);
    }
    let right = ACCOUNT.contains(&bare.len()) && bare.bytes().all(|byte| byte.is_ascii_digit());
    if right { Ok(bare) } else { Err(Invalid::rule("invoice-bank-account")) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn company() -> Title {
        Title {
            title_type: InvoiceTitleType::Company,
            name: " 曜岑测试有限公司 ".into(),
            tax_id: Some("91310115ma1k000016".into()),
            address: Some("上海市浦东新区世纪大道100号".into()),
            phone: Some("021 5888-1234".into()),
            bank_name: Some("测试银行".into()),
            bank_account: Some("1101 2222 3333 4443".into()),
        }
    }

    fn person() -> Title {
        let none = Title { tax_id: None, address: None, phone: None, bank_name: None, bank_account: None, ..company() };
        Title { title_type: InvoiceTitleType::Individual, name: "张三丰".into(), ..none }
    }

    fn broken(title: Title) -> Vec<(&'static str, &'static str)> {
        read(title).unwrap_err().into_iter().map(|(field, invalid)| (field, invalid.rule)).collect()
    }

    #[test]
    fn a_company_and_a_person_are_read() {
        let read_in = read(company()).unwrap();
        assert_eq!(
            (read_in.name.as_str(), read_in.tax_id.as_deref()),
            ("曜岑测试有限公司", Some("91310115MA1K000016"))
        );
        assert_eq!(
            (read_in.phone.as_deref(), read_in.bank_account.as_deref()),
            (Some("0215888-1234"), Some("1101222233334443"))
        );
        assert_eq!(read(person()).unwrap(), person());
        let named = Title { tax_id: Some("11010519491231002x".into()), address: Some(" ".into()), ..person() };
        let named = read(named).unwrap();
        assert_eq!((named.tax_id.as_deref(), named.address), (Some("11010519491231002X"), None));
    }

    #[test]
    fn every_rule_that_is_broken_is_told() {
        let wrong = Title {
            name: String::new(),
            tax_id: Some("91310115MA1K000017".into()),
            phone: Some("call me".into()),
            bank_account: Some("12".into()),
            ..company()
        };
        assert_eq!(
            broken(wrong),
            [
                ("name", "required"),
                ("taxId", "credit-code"),
                ("phone", "invoice-phone"),
                ("bankAccount", "invoice-bank-account")
            ]
        );
        assert_eq!(broken(Title { tax_id: None, ..company() }), [("taxId", "required")]);
        assert_eq!(broken(Title { bank_account: None, ..company() }), [("bankAccount", "required")]);
        assert_eq!(broken(Title { tax_id: company().tax_id, ..person() }), [("taxId", "resident-id")]);
    }

    #[test]
    fn what_is_shown_is_masked_as_the_house_does() {
        let own = read(Title { tax_id: Some("310101199001010012".into()), ..person() }).unwrap();
        let clear = own.clone().shown(Disclosure::Clear);
        assert_eq!((clear.name.as_str(), clear.tax_id.as_deref()), ("张三丰", Some("3***************12")));
        assert_eq!(own.shown(Disclosure::Masked).name, "张**");
        let masked = read(company()).unwrap().shown(Disclosure::Masked);
        assert_eq!((masked.name.as_str(), masked.tax_id.as_deref()), ("曜岑测试有限公司", Some("91310115MA1K000016")));
        assert_eq!(masked.address.as_deref(), Some("上海市浦东新区****"));
        assert_eq!(
            (masked.phone.as_deref(), masked.bank_account.as_deref()),
            (Some("****"), Some("1101 **** **** **** 4443"))
        );
    }

    #[test]
    fn a_special_invoice_says_all_of_a_company() {
        assert_eq!(read(company()).unwrap().missing_for_special(), [""; 0]);
        let bare = Title { address: None, phone: None, bank_name: None, bank_account: None, ..company() };
        assert_eq!(read(bare).unwrap().missing_for_special(), ["address", "phone", "bankName", "bankAccount"]);
    }

    proptest! {
        #[test]
        fn what_is_read_is_read_again_as_it_is(
            person in any::<bool>(), texts in proptest::collection::vec(proptest::option::of("\\PC{0,30}"), 6),
        ) {
            let title_type = if person { InvoiceTitleType::Individual } else { InvoiceTitleType::Company };
            let mut texts = texts.into_iter();
            let mut next = || texts.next().flatten();
            let given = Title { title_type, name: next().unwrap_or_default(), tax_id: next().filter(|_| person),
                address: next(), phone: next(), bank_name: next(), bank_account: next() };
            let given = if person { given } else { Title { tax_id: company().tax_id, ..given } };
            if let Ok(title) = read(given) {
                prop_assert_eq!(read(title.clone()), Ok(title));
            }
        }
    }
}
