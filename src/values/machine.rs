//! State machines as literal tables of (action, from, to), which a product owner can read and a property test can
//! walk. Guards that look at more than the state are functions of their own, beside the table.

/// An action that the state does not allow, with the actions that it does (domain.md 2.2: `INVALID_TRANSITION`
/// carries `from`, `action`, `allowed`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{action:?} is not allowed in {from:?}")]
pub struct IllegalTransition<S, A> {
    /// State in which it was tried; nothing has changed.
    pub from: S,
    /// What was tried.
    pub action: A,
    /// What is possible instead, in order of the table; empty in a final state.
    pub allowed: Vec<A>,
}

/// The state after `action` in state `from`.
///
/// # Errors
/// [`IllegalTransition`] if the table has no such row.
pub fn apply<S: Copy + Eq, A: Copy + Eq>(
    table: &[(A, S, S)],
    from: S,
    action: A,
) -> Result<S, IllegalTransition<S, A>> {
    table.iter().find(|(a, f, _)| *a == action && *f == from).map(|(_, _, to)| *to).ok_or_else(|| IllegalTransition {
        from,
        action,
        allowed: allowed(table, from),
    })
}

/// The actions of state `from`, each once, in order of the table.
pub fn allowed<S: Copy + Eq, A: Copy + Eq>(table: &[(A, S, S)], from: S) -> Vec<A> {
    let mut actions = Vec::new();
    for (action, f, _) in table {
        if *f == from && !actions.contains(action) {
            actions.push(*action);
        }
    }
    actions
}

/// Whether steps of the table lead from one state to another; a state leads to itself. For reports of systems that do not
/// tell every step.
pub fn reaches<S: Copy + Eq, A>(table: &[(A, S, S)], from: S, to: S) -> bool {
    let mut found = vec![from];
    let mut next = 0;
    while let Some(here) = found.get(next).copied() {
        for (_, f, t) in table {
            if *f == here && !found.contains(t) {
                found.push(*t);
            }
        }
        next += 1;
    }
    found.contains(&to)
}

/// What another system's word means for a thing whose states are a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// It stands so already.
    Known,
    /// It goes there, by steps that nobody told of.
    Leads,
    /// No way of the table leads there.
    Illegal,
}

/// What a word means: any way of the table counts, since systems do not tell each step.
pub fn word<S: Copy + Eq, A>(table: &[(A, S, S)], from: S, said: S) -> Word {
    if from == said {
        Word::Known
    } else if reaches(table, from, said) {
        Word::Leads
    } else {
        Word::Illegal
    }
}

/// The spelling of a state or action at the edge, made of its name: `RequestCancellation` is `REQUEST_CANCELLATION`.
pub fn code(value: &impl std::fmt::Debug) -> String {
    let mut code = String::new();
    for (place, c) in format!("{value:?}").chars().enumerate() {
        if place > 0 && c.is_ascii_uppercase() {
            code.push('_');
        }
        code.push(c.to_ascii_uppercase());
    }
    code
}

/// The first row whose action and state stand in an earlier row as well; such a row can never be reached. For the
/// tests of tables.
pub fn ambiguous<S: Copy + Eq, A: Copy + Eq>(table: &[(A, S, S)]) -> Option<(A, S)> {
    table
        .iter()
        .enumerate()
        .find(|(i, (a, f, _))| table[..*i].iter().any(|(b, g, _)| a == b && f == g))
        .map(|(_, (a, f, _))| (*a, *f))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_lead_from_state_to_state() {
        assert!(reaches(DOOR, 1, 2) && reaches(DOOR, 2, 1) && reaches(DOOR, 5, 5));
        assert!(!reaches(DOOR, 0, 5) && !reaches(&DOOR[..1], 1, 0));
    }

    const DOOR: &[(&str, u8, u8)] = &[("open", 0, 1), ("lock", 0, 2), ("close", 1, 0), ("unlock", 2, 0)];

    #[test]
    fn a_row_of_the_table_is_followed() {
        assert_eq!(apply(DOOR, 0, "lock"), Ok(2));
    }

    #[test]
    fn a_refusal_names_state_action_and_ways_out() {
        let refused = apply(DOOR, 0, "unlock").unwrap_err();
        assert_eq!(refused, IllegalTransition { from: 0, action: "unlock", allowed: vec!["open", "lock"] });
        assert_eq!(refused.to_string(), "\"unlock\" is not allowed in 0");
    }

    #[test]
    fn a_final_state_allows_nothing() {
        assert!(allowed(DOOR, 9).is_empty());
    }

    #[test]
    fn a_name_becomes_a_code() {
        #[derive(Debug)]
        enum Step {
            Open,
            LockTwice,
        }
        assert_eq!([Step::Open, Step::LockTwice].map(|step| code(&step)), ["OPEN", "LOCK_TWICE"]);
    }

    #[test]
    fn a_doubled_row_is_found() {
        assert_eq!(ambiguous(DOOR), None);
        assert_eq!(ambiguous(&[("open", 0, 1), ("open", 0, 2)]), Some(("open", 0)));
    }
}
