//! A quick way through the grammar of documents as clients write them. The engine's parser takes most of the time that a
//! new document takes; this one makes the same tree in a tenth of it, or nothing at all: whatever is out of the ordinary
//! (an error, a block string, an escape, a letter beyond ASCII) is left to the engine's, whose words errors have. A test
//! compares the trees.

use std::collections::HashMap;

use async_graphql::parser::types::{
    Directive, DocumentOperations, ExecutableDocument, Field, FragmentDefinition, FragmentSpread, InlineFragment,
    OperationDefinition, OperationType, Selection, SelectionSet, Type, TypeCondition, VariableDefinition,
};
use async_graphql::{Name, Pos, Positioned, Request};
use async_graphql_value::Value;
use async_graphql_value::indexmap::IndexMap;

/// Deepest selection or value; the engine's parser goes to 64.
const DEEP: usize = 60;

/// Parses a request's document, if that goes the quick way; else the engine does when it is asked for it.
pub fn ahead(request: &mut Request) {
    if let Some(document) = quick(&request.query) {
        request.set_parsed_query(document);
    }
}

/// The tree of a document; none when the engine's parser has to look at it.
pub fn quick(text: &str) -> Option<ExecutableDocument> {
    // A column is a byte then.
    if !text.is_ascii() {
        return None;
    }
    Parser { text, at: 0, line: 1, line_starts: 0 }.document()
}

struct Parser<'t> {
    text: &'t str,
    /// The byte that is looked at.
    at: usize,
    line: usize,
    /// Where its line begins.
    line_starts: usize,
}

impl<'t> Parser<'t> {
    fn document(mut self) -> Option<ExecutableDocument> {
        let mut alone = None;
        let mut named = HashMap::new();
        let mut fragments = HashMap::new();
        self.skip();
        while self.peek().is_some() {
            let pos = self.pos();
            let word = if self.peek() == Some(b'{') { None } else { Some(self.name()?) };
            let kind = match word.map(|word| word.node).as_deref() {
                None | Some("query") => OperationType::Query,
                Some("mutation") => OperationType::Mutation,
                Some("subscription") => OperationType::Subscription,
                Some("fragment") => {
                    let name = self.name()?.node;
                    let fragment = Positioned::new(self.fragment()?, pos);
                    if fragments.insert(name, fragment).is_some() {
                        return None;
                    }
                    continue;
                }
                Some(_) => return None,
            };
            let name = if self.peek().is_some_and(begins_name) { Some(self.name()?.node) } else { None };
            let operation = Positioned::new(self.operation(kind)?, pos);
            let doubled = match name {
                Some(name) => named.insert(name, operation).is_some(),
                None => alone.replace(operation).is_some(),
            };
            if doubled {
                return None;
            }
        }
        let operations = match (alone, named.is_empty()) {
            (Some(alone), true) => DocumentOperations::Single(alone),
            (None, false) => DocumentOperations::Multiple(named),
            _ => return None,
        };
        Some(ExecutableDocument { operations, fragments })
    }

    fn operation(&mut self, ty: OperationType) -> Option<OperationDefinition> {
        let mut variable_definitions = Vec::new();
        if self.take(b'(') {
            while !self.take(b')') {
                variable_definitions.push(self.variable_definition()?);
            }
        }
        let directives = self.directives()?;
        let selection_set = self.selection_set(0)?;
        Some(OperationDefinition { ty, variable_definitions, directives, selection_set })
    }

    fn fragment(&mut self) -> Option<FragmentDefinition> {
        let pos = self.pos();
        let on = self.word()?;
        let type_condition = self.type_condition(on, pos)?;
        let directives = self.directives()?;
        let selection_set = self.selection_set(0)?;
        Some(FragmentDefinition { type_condition, directives, selection_set })
    }

    fn variable_definition(&mut self) -> Option<Positioned<VariableDefinition>> {
        let pos = self.pos();
        let name = self.variable()?;
        self.expect(b':')?;
        let var_type = self.var_type()?;
        let directives = self.directives()?;
        let default_value = if self.take(b'=') {
            let value = self.value(0)?;
            // No variable may stand in it.
            Some(Positioned::new(value.node.into_const()?, value.pos))
        } else {
            None
        };
        Some(Positioned::new(VariableDefinition { name, var_type, directives, default_value }, pos))
    }

    fn var_type(&mut self) -> Option<Positioned<Type>> {
        let (pos, from) = (self.pos(), self.at);
        let mut open = 0;
        while self.peek() == Some(b'[') {
            self.at += 1;
            open += 1;
        }
        self.word()?;
        // `]` and `!` in turn; the engine allows nothing between them.
        loop {
            match self.peek() {
                Some(b'!') if self.byte(self.at - 1) != Some(b'!') => self.at += 1,
                Some(b']') if open > 0 => {
                    self.at += 1;
                    open -= 1;
                }
                _ => break,
            }
        }
        let ty = Type::new(&self.text[from..self.at]).filter(|_| open == 0)?;
        self.skip();
        Some(Positioned::new(ty, pos))
    }

    fn selection_set(&mut self, depth: usize) -> Option<Positioned<SelectionSet>> {
        if depth > DEEP {
            return None;
        }
        let pos = self.pos();
        self.expect(b'{')?;
        let mut items = Vec::with_capacity(8);
        while !self.take(b'}') {
            items.push(self.selection(depth)?);
        }
        (!items.is_empty()).then(|| Positioned::new(SelectionSet { items }, pos))
    }

    fn selection(&mut self, depth: usize) -> Option<Positioned<Selection>> {
        let pos = self.pos();
        if self.peek() == Some(b'.') {
            return Some(Positioned::new(self.spread(depth, pos)?, pos));
        }
        let mut name = self.name()?;
        let mut alias = None;
        if self.take(b':') {
            alias = Some(name);
            name = self.name()?;
        }
        let arguments = self.arguments(0)?;
        let directives = self.directives()?;
        let selection_set =
            if self.peek() == Some(b'{') { self.selection_set(depth + 1)? } else { Positioned::default() };
        let field = Field { alias, name, arguments, directives, selection_set };
        Some(Positioned::new(Selection::Field(Positioned::new(field, pos)), pos))
    }

    fn spread(&mut self, depth: usize, pos: Pos) -> Option<Selection> {
        if !self.text[self.at..].starts_with("...") {
            return None;
        }
        self.at += 3;
        self.skip();
        let mut type_condition = None;
        if self.peek().is_some_and(begins_name) {
            let on = self.pos();
            let word = self.word()?;
            if word != "on" {
                let fragment_name = Positioned::new(Name::new(word), on);
                self.skip();
                let directives = self.directives()?;
                let spread = FragmentSpread { fragment_name, directives };
                return Some(Selection::FragmentSpread(Positioned::new(spread, pos)));
            }
            type_condition = Some(self.type_condition(word, on)?);
        }
        let directives = self.directives()?;
        let selection_set = self.selection_set(depth + 1)?;
        let fragment = InlineFragment { type_condition, directives, selection_set };
        Some(Selection::InlineFragment(Positioned::new(fragment, pos)))
    }

    /// `on` has been read, which began there. Between it and the name there are spaces alone.
    fn type_condition(&mut self, on: &str, pos: Pos) -> Option<Positioned<TypeCondition>> {
        if on != "on" || !self.peek().is_some_and(is_space) {
            return None;
        }
        while self.peek().is_some_and(is_space) {
            self.space();
        }
        Some(Positioned::new(TypeCondition { on: self.name()? }, pos))
    }

    fn directives(&mut self) -> Option<Vec<Positioned<Directive>>> {
        let mut directives = Vec::new();
        while self.peek() == Some(b'@') {
            let pos = self.pos();
            self.at += 1;
            self.skip();
            let name = self.name()?;
            let arguments = self.arguments(0)?;
            directives.push(Positioned::new(Directive { name, arguments }, pos));
        }
        Some(directives)
    }

    fn arguments(&mut self, depth: usize) -> Option<Vec<(Positioned<Name>, Positioned<Value>)>> {
        let mut arguments = Vec::new();
        if self.take(b'(') {
            while !self.take(b')') {
                let name = self.name()?;
                self.expect(b':')?;
                arguments.push((name, self.value(depth)?));
            }
            if arguments.is_empty() {
                return None;
            }
        }
        Some(arguments)
    }

    fn value(&mut self, depth: usize) -> Option<Positioned<Value>> {
        if depth > DEEP {
            return None;
        }
        let pos = self.pos();
        let value = match self.peek()? {
            b'$' => Value::Variable(self.variable()?.node),
            b'"' => self.string()?,
            b'-' | b'0'..=b'9' => self.number()?,
            b'[' => {
                self.expect(b'[')?;
                let mut items = Vec::new();
                while !self.take(b']') {
                    items.push(self.value(depth + 1)?.node);
                }
                Value::List(items)
            }
            b'{' => {
                self.expect(b'{')?;
                let mut members = IndexMap::new();
                while !self.take(b'}') {
                    let name = self.name()?.node;
                    self.expect(b':')?;
                    members.insert(name, self.value(depth + 1)?.node);
                }
                Value::Object(members)
            }
            _ => self.named_value()?,
        };
        Some(Positioned::new(value, pos))
    }

    fn named_value(&mut self) -> Option<Value> {
        let word = self.word()?;
        self.skip();
        Some(match word {
            "true" => Value::Boolean(true),
            "false" => Value::Boolean(false),
            "null" => Value::Null,
            // The engine reads these as a word and a rest.
            _ if ["true", "false", "null"].iter().any(|first| word.starts_with(first)) => return None,
            _ => Value::Enum(Name::new(word)),
        })
    }

    fn number(&mut self) -> Option<Value> {
        let from = self.at;
        let digits = |parser: &mut Self| {
            let from = parser.at;
            while parser.peek().is_some_and(|byte| byte.is_ascii_digit()) {
                parser.at += 1;
            }
            &parser.text[from..parser.at]
        };
        self.at += usize::from(self.peek() == Some(b'-'));
        let whole = digits(self);
        if whole.is_empty() || (whole.len() > 1 && whole.starts_with('0')) {
            return None;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if digits(self).is_empty() {
                return None;
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            if digits(self).is_empty() {
                return None;
            }
        }
        if self.peek().is_some_and(|byte| begins_name(byte) || byte == b'.') {
            return None;
        }
        let number = self.text[from..self.at].parse().ok()?;
        self.skip();
        Some(Value::Number(number))
    }

    fn string(&mut self) -> Option<Value> {
        self.at += 1;
        let rest = &self.text[self.at..];
        let length = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | b'\n' | b'\r'))?;
        // An empty one that goes on is a block.
        let block = length == 0 && rest.as_bytes().get(1) == Some(&b'"');
        if rest.as_bytes()[length] != b'"' || block {
            return None;
        }
        self.at += length + 1;
        self.skip();
        Some(Value::String(rest[..length].to_owned()))
    }

    fn variable(&mut self) -> Option<Positioned<Name>> {
        if self.peek() != Some(b'$') {
            return None;
        }
        self.at += 1;
        self.name()
    }

    fn name(&mut self) -> Option<Positioned<Name>> {
        let pos = self.pos();
        let name = Name::new(self.word()?);
        self.skip();
        Some(Positioned::new(name, pos))
    }

    /// A name without what follows it.
    fn word(&mut self) -> Option<&'t str> {
        let rest = &self.text[self.at..];
        let goes_on = |byte: u8| begins_name(byte) || byte.is_ascii_digit();
        let length = rest.bytes().position(|byte| !goes_on(byte)).unwrap_or(rest.len());
        if !rest.bytes().next().is_some_and(begins_name) {
            return None;
        }
        self.at += length;
        Some(&rest[..length])
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.take(byte).then_some(())
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        if is_there {
            self.at += 1;
            self.skip();
        }
        is_there
    }

    /// Goes on to what says something.
    fn skip(&mut self) {
        while let Some(byte) = self.peek() {
            if is_space(byte) {
                self.space();
            } else if byte == b'#' {
                let rest = &self.text[self.at..];
                self.at += rest.bytes().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
            } else {
                return;
            }
        }
    }

    fn space(&mut self) {
        let byte = self.peek();
        self.at += 1;
        if matches!(byte, Some(b'\n' | b'\r')) {
            self.line += usize::from(byte == Some(b'\n'));
            self.line_starts = self.at;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.byte(self.at)
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn pos(&self) -> Pos {
        Pos { line: self.line, column: self.at - self.line_starts + 1 }
    }
}

fn begins_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b',' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
pub mod tests;
