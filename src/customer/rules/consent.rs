//! Consents: which purposes need one of their own, granting and withdrawing (domain.md 3.6; PIPL 14-16, 23, 28, 29,
//! 39, 47).

use entity::ids::ConsentId;
use entity::vocabulary::ConsentPurpose;

/// Whether the purpose needs a separate consent, asked for alone and never bundled with another: other controllers
/// (PIPL 23), sensitive data (28, 29), abroad (39).
pub const fn needs_separate(purpose: ConsentPurpose) -> bool {
    match purpose {
        ConsentPurpose::ShareWithDealer
        | ConsentPurpose::TestDriveLicence
        | ConsentPurpose::PreciseLocation
        | ConsentPurpose::FinanceCredit
        | ConsentPurpose::CrossBorder => true,
        ConsentPurpose::Account | ConsentPurpose::Marketing | ConsentPurpose::PersonalizedContent => false,
    }
}

/// Whether there is no account without it. Refusing any other purpose must not block the rest of the service
/// (PIPL 16).
pub const fn is_necessary(purpose: ConsentPurpose) -> bool {
    matches!(purpose, ConsentPurpose::Account)
}

/// One consent as it stands in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Given<'a> {
    /// The row.
    pub id: ConsentId,
    /// What it is for.
    pub purpose: ConsentPurpose,
    /// Version of the text that was agreed to.
    pub document_version: &'a str,
    /// Whether it was withdrawn or replaced.
    pub withdrawn: bool,
}

/// The consent in force for a purpose. Of several, which only a broken writer leaves, the one with the greatest id.
pub fn in_force<'a, 'b>(given: &'b [Given<'a>], purpose: ConsentPurpose) -> Option<&'b Given<'a>> {
    given.iter().filter(|c| c.purpose == purpose && !c.withdrawn).max_by_key(|c| c.id)
}

/// Whether the person agrees to the purpose now.
pub fn allows(given: &[Given<'_>], purpose: ConsentPurpose) -> bool {
    in_force(given, purpose).is_some()
}

/// What a grant does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Nothing: this version is agreed to already. Success, with the row that is there.
    Already(ConsentId),
    /// Writes a row.
    Insert,
    /// Writes a row and closes the one of another version; the new text counts from now on (PIPL 14).
    Replace(ConsentId),
}

/// Decides about a grant; granting twice is granting once.
pub fn grant(given: &[Given<'_>], purpose: ConsentPurpose, document_version: &str) -> Grant {
    match in_force(given, purpose) {
        Some(consent) if consent.document_version == document_version => Grant::Already(consent.id),
        Some(consent) => Grant::Replace(consent.id),
        None => Grant::Insert,
    }
}

/// Purposes that a form may not ask for together with others; empty if the form is in order. A form for one purpose
/// always is.
pub fn wrongly_bundled(purposes: &[ConsentPurpose]) -> Vec<ConsentPurpose> {
    if purposes.len() < 2 {
        return Vec::new();
    }
    purposes.iter().copied().filter(|p| needs_separate(*p)).collect()
}

/// Why an account cannot be given up now (domain.md 3.6, article 47).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Blocker {
    /// An order is under way; the contract needs the account (PIPL 13).
    OpenOrder,
    /// A loan is not paid back, or applied for.
    OpenLoan,
    /// Points are in dispute.
    PointsDispute,
}

/// What the customer still has with us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Obligations {
    /// An order that is neither finished nor called off.
    pub open_order: bool,
    /// A loan or an application for one.
    pub open_loan: bool,
    /// A dispute about points.
    pub points_dispute: bool,
}

/// Everything that stands against giving up the account; empty if nothing does. Also the answer to a request for
/// deletion.
pub fn account_blockers(obligations: Obligations) -> Vec<Blocker> {
    [
        (obligations.open_order, Blocker::OpenOrder),
        (obligations.open_loan, Blocker::OpenLoan),
        (obligations.points_dispute, Blocker::PointsDispute),
    ]
    .into_iter()
    .filter_map(|(stands, blocker)| stands.then_some(blocker))
    .collect()
}

/// What a withdrawal does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawal {
    /// Closes this row; what was done before stays lawful (PIPL 15).
    Close(ConsentId),
    /// Nothing: there is none in force. Success all the same.
    Already,
}

/// A withdrawal that must wait.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the account is still needed")]
pub struct Blocked {
    /// Every reason, so that the person can clear them all.
    pub blockers: Vec<Blocker>,
}

/// Decides about a withdrawal. Every purpose but ACCOUNT can be withdrawn at any time, as easily as it was granted
/// (PIPL 15); ACCOUNT not while something is open.
///
/// # Errors
/// [`Blocked`] with all reasons.
pub fn withdraw(given: &[Given<'_>], purpose: ConsentPurpose, obligations: Obligations) -> Result<Withdrawal, Blocked> {
    let Some(consent) = in_force(given, purpose) else { return Ok(Withdrawal::Already) };
    if is_necessary(purpose) {
        let blockers = account_blockers(obligations);
        if !blockers.is_empty() {
            return Err(Blocked { blockers });
        }
    }
    Ok(Withdrawal::Close(consent.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(n: u128) -> ConsentId {
        ConsentId::from_parts(1, n)
    }

    fn given(n: u128, purpose: ConsentPurpose, document_version: &str, withdrawn: bool) -> Given<'_> {
        Given { id: id(n), purpose, document_version, withdrawn }
    }

    #[test]
    fn separate_purposes_are_those_of_the_law() {
        let separate: Vec<_> = ConsentPurpose::ALL.iter().copied().filter(|p| needs_separate(*p)).collect();
        assert_eq!(
            separate,
            [
                ConsentPurpose::ShareWithDealer,
                ConsentPurpose::TestDriveLicence,
                ConsentPurpose::PreciseLocation,
                ConsentPurpose::FinanceCredit,
                ConsentPurpose::CrossBorder,
            ]
        );
    }

    #[test]
    fn granting_twice_is_granting_once_and_a_new_text_replaces() {
        let rows = [given(1, ConsentPurpose::Marketing, "v1", true), given(2, ConsentPurpose::Marketing, "v2", false)];
        assert_eq!(grant(&rows, ConsentPurpose::Marketing, "v2"), Grant::Already(id(2)));
        assert_eq!(grant(&rows, ConsentPurpose::Marketing, "v3"), Grant::Replace(id(2)));
        assert_eq!(grant(&rows[..1], ConsentPurpose::Marketing, "v1"), Grant::Insert);
        assert_eq!(grant(&rows, ConsentPurpose::Account, "v1"), Grant::Insert);
    }

    #[test]
    fn an_account_waits_for_everything_open_and_marketing_for_nothing() {
        let rows = [given(1, ConsentPurpose::Account, "v1", false), given(2, ConsentPurpose::Marketing, "v1", false)];
        let all = Obligations { open_order: true, open_loan: true, points_dispute: true };
        let blockers = vec![Blocker::OpenOrder, Blocker::OpenLoan, Blocker::PointsDispute];
        assert_eq!(withdraw(&rows, ConsentPurpose::Account, all), Err(Blocked { blockers }));
        assert_eq!(withdraw(&rows, ConsentPurpose::Marketing, all), Ok(Withdrawal::Close(id(2))));
        assert_eq!(withdraw(&rows, ConsentPurpose::Account, Obligations::default()), Ok(Withdrawal::Close(id(1))));
        assert_eq!(withdraw(&rows, ConsentPurpose::CrossBorder, all), Ok(Withdrawal::Already));
    }

    #[test]
    fn a_separate_purpose_stands_alone_on_its_form() {
        use ConsentPurpose::{Account, Marketing, ShareWithDealer};
        assert_eq!(wrongly_bundled(&[Account, ShareWithDealer]), vec![ShareWithDealer]);
        assert!(wrongly_bundled(&[ShareWithDealer]).is_empty());
        assert!(wrongly_bundled(&[Account, Marketing]).is_empty());
    }

    proptest! {
        #[test]
        fn there_is_never_more_than_one_in_force(
            steps in prop::collection::vec((prop::sample::select(ConsentPurpose::ALL), any::<bool>(), 0usize..3), 0..40),
        ) {
            let versions = ["v1", "v2", "v3"];
            let mut rows: Vec<Given<'_>> = Vec::new();
            let close = |rows: &mut Vec<Given<'_>>, id| rows.iter_mut().filter(|c| c.id == id).for_each(|c| c.withdrawn = true);
            for (purpose, grants, version) in steps {
                if grants {
                    let decision = grant(&rows, purpose, versions[version]);
                    if let Grant::Replace(old) = decision {
                        close(&mut rows, old);
                    }
                    if !matches!(decision, Grant::Already(_)) {
                        rows.push(given(rows.len() as u128, purpose, versions[version], false));
                    }
                    prop_assert_eq!(in_force(&rows, purpose).map(|c| c.document_version), Some(versions[version]));
                } else if let Ok(Withdrawal::Close(id)) = withdraw(&rows, purpose, Obligations::default()) {
                    close(&mut rows, id);
                    prop_assert!(!allows(&rows, purpose));
                }
                for purpose in ConsentPurpose::ALL {
                    prop_assert!(rows.iter().filter(|c| c.purpose == *purpose && !c.withdrawn).count() <= 1);
                }
            }
        }
    }
}
