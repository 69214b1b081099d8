//! Prints pages that people read: PDF, A4, in one font that has Chinese (C071). Lines are broken where Unicode says that they may
//! be (UAX 14).

use std::path::Path;
use std::sync::Arc;

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, Stroke};
use krilla::surface::Surface;
use krilla::text::{Font, TextDirection};
use ttf_parser::Face;
use unicode_linebreak::{BreakOpportunity, linebreaks};

/// What stands on the pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// Title of the file.
    pub title: String,
    /// Above each page.
    pub head: String,
    /// Below each page, beside its number.
    pub foot: String,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// A part of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// In the middle, large.
    Title(String),
    /// Larger than what follows; never the last line of a page.
    Heading(String),
    /// Lines of text.
    Text(String),
    /// What something is, and an amount at the right edge.
    Row(String, String),
    /// Room.
    Gap,
}

/// Why nothing is printed.
#[derive(Debug, thiserror::Error)]
pub enum PressError {
    /// The font's file.
    #[error("the font cannot be read")]
    File(#[from] std::io::Error),
    /// What is in it.
    #[error("the file holds no font that can be printed with")]
    Font,
    /// What came of it.
    #[error("a page was not printed: {0}")]
    Page(String),
}

/// A font to print with.
pub struct Press {
    font: Font,
    file: Arc<Vec<u8>>,
}

// All lengths are points, a 72nd of an inch.
const WIDTH: f32 = 595.28;
const HEIGHT: f32 = 841.89;
const MARGIN: f32 = 56.7;
const COLUMN: f32 = WIDTH - 2.0 * MARGIN;
const TITLE: f32 = 18.0;
const HEADING: f32 = 12.0;
const BODY: f32 = 10.5;
const SMALL: f32 = 7.5;
/// From one line to the next, by the size of its letters.
const LEADING: f32 = 1.6;

/// A line as it stands on its page.
#[derive(Debug)]
struct Placed {
    text: String,
    x: f32,
    baseline: f32,
    size: f32,
}

impl Press {
    /// Reads the font; of a collection the first one.
    ///
    /// # Errors
    /// When there is no such file, or no font in it.
    pub fn open(path: &Path) -> Result<Self, PressError> {
        let file = Arc::new(std::fs::read(path)?);
        Face::parse(&file, 0).map_err(|_| PressError::Font)?;
        let font = Font::new(Arc::clone(&file).into(), 0).ok_or(PressError::Font)?;
        Ok(Self { font, file })
    }

    /// Prints it; takes some milliseconds of a processor.
    ///
    /// # Errors
    /// When the font cannot be put into the file.
    pub fn print(&self, sheet: &Sheet) -> Result<Vec<u8>, PressError> {
        let face = Face::parse(&self.file, 0).map_err(|_| PressError::Font)?;
        let pages = pages(&face, &sheet.blocks);
        let mut document = Document::new();
        let language = "zh-CN".to_owned();
        document.set_metadata(Metadata::new().title(sheet.title.clone()).language(language));
        let count = pages.len();
        for (number, lines) in (1..).zip(&pages) {
            let size = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| PressError::Page("its size".into()))?;
            let mut page = document.start_page_with(size);
            let mut surface = page.surface();
            for line in lines {
                self.draw(&mut surface, line);
            }
            surface.set_fill(Some(grey()));
            let numbered = format!("{number} / {count}");
            let right = WIDTH - MARGIN - width(&face, SMALL, &numbered);
            let small = |text: &str, x, baseline| Placed { text: text.to_owned(), x, baseline, size: SMALL };
            self.draw(&mut surface, &small(&sheet.head, MARGIN, MARGIN * 0.6));
            self.draw(&mut surface, &small(&sheet.foot, MARGIN, HEIGHT - MARGIN * 0.6));
            self.draw(&mut surface, &small(&numbered, right, HEIGHT - MARGIN * 0.6));
            rule(&mut surface, HEIGHT - MARGIN * 0.85);
            surface.finish();
            page.finish();
        }
        document.finish().map_err(|error| PressError::Page(format!("{error:?}")))
    }

    fn draw(&self, surface: &mut Surface<'_>, line: &Placed) {
        let start = Point::from_xy(line.x, line.baseline);
        surface.draw_text(start, self.font.clone(), line.size, &line.text, false, TextDirection::LeftToRight);
    }
}

fn grey() -> Fill {
    Fill { paint: rgb::Color::new(96, 96, 96).into(), opacity: NormalizedF32::ONE, rule: FillRule::default() }
}

/// A thin line over the whole width.
fn rule(surface: &mut Surface<'_>, y: f32) {
    let mut path = PathBuilder::new();
    path.move_to(MARGIN, y);
    path.line_to(WIDTH - MARGIN, y);
    if let Some(path) = path.finish() {
        surface.set_fill(None);
        surface.set_stroke(Some(Stroke { width: 0.4, ..Stroke::default() }));
        surface.draw_path(&path);
        surface.set_stroke(None);
    }
}

/// Puts everything on pages.
fn pages(face: &Face<'_>, blocks: &[Block]) -> Vec<Vec<Placed>> {
    let mut pages = vec![Vec::new()];
    let mut y = MARGIN;
    // Takes the room of a line; `with` is what has to come on the same page.
    let mut put = |text: String, x: f32, size: f32, with: f32, ends: bool| {
        if y + size * LEADING + with > HEIGHT - MARGIN {
            pages.push(Vec::new());
            y = MARGIN;
        }
        if let Some(page) = pages.last_mut().filter(|_| !text.is_empty()) {
            page.push(Placed { text, x, baseline: y + size * 1.1, size });
        }
        if ends {
            y += size * LEADING;
        }
    };
    for block in blocks {
        match block {
            Block::Title(text) => {
                for line in broken(face, TITLE, text, COLUMN) {
                    let left = MARGIN + (COLUMN - width(face, TITLE, &line)) / 2.0;
                    put(line, left, TITLE, 0.0, true);
                }
                put(String::new(), MARGIN, BODY * 0.5, 0.0, true);
            }
            Block::Heading(text) => {
                for line in broken(face, HEADING, text, COLUMN) {
                    put(line, MARGIN, HEADING, BODY * LEADING, true);
                }
            }
            Block::Text(text) => {
                for line in text.lines().flat_map(|line| broken(face, BODY, line, COLUMN)) {
                    put(line, MARGIN, BODY, 0.0, true);
                }
            }
            Block::Row(label, amount) => {
                let right = WIDTH - MARGIN - width(face, BODY, amount);
                let mut lines = broken(face, BODY, label, right - MARGIN - BODY);
                let last = lines.pop().unwrap_or_default();
                for line in lines {
                    put(line, MARGIN, BODY, 0.0, true);
                }
                put(last, MARGIN, BODY, 0.0, false);
                put(amount.clone(), right, BODY, 0.0, true);
            }
            Block::Gap => put(String::new(), MARGIN, BODY * 0.7, 0.0, true),
        }
    }
    pages
}

/// How wide a text is, points.
fn width(face: &Face<'_>, size: f32, text: &str) -> f32 {
    let units: u32 = text
        .chars()
        .map(|c| u32::from(face.glyph_index(c).and_then(|glyph| face.glyph_hor_advance(glyph)).unwrap_or_default()))
        .sum();
    units as f32 * size / f32::from(face.units_per_em())
}

/// Breaks a line that is too wide, where it may be broken; a word that is wider than all, anywhere.
fn broken(face: &Face<'_>, size: f32, text: &str, most: f32) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut from = 0;
    for (to, opportunity) in linebreaks(text) {
        let mut word = &text[from..to];
        from = to;
        let last = lines.last_mut().expect("it begins with one");
        if width(face, size, &format!("{last}{}", word.trim_end())) <= most {
            last.push_str(word);
        } else {
            if !last.is_empty() {
                lines.push(String::new());
            }
            while width(face, size, word.trim_end()) > most {
                let cut = fitting(face, size, word, most);
                lines.last_mut().expect("it begins with one").push_str(&word[..cut]);
                lines.push(String::new());
                word = &word[cut..];
            }
            lines.last_mut().expect("it begins with one").push_str(word);
        }
        if opportunity == BreakOpportunity::Mandatory && to < text.len() {
            lines.push(String::new());
        }
    }
    lines.into_iter().map(|line| line.trim_end().to_owned()).collect()
}

/// Bytes of the longest beginning that fits; at least one character.
fn fitting(face: &Face<'_>, size: f32, word: &str, most: f32) -> usize {
    let ends = word.char_indices().map(|(at, c)| at + c.len_utf8());
    let fits = ends.clone().take_while(|end| width(face, size, &word[..*end]) <= most).last();
    fits.or_else(|| ends.clone().next()).unwrap_or(word.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Settings, Sources};

    fn press() -> Press {
        let sources = Sources { file: None, environment: Default::default(), command_line: Vec::new() };
        let settings = Settings::load(&sources).expect("defaults");
        let font = settings.font.as_deref().expect("a font by default");
        Press::open(font).expect("the font that scripts/services installs")
    }

    #[test]
    fn a_line_is_broken_where_it_may_be_and_nothing_is_lost() {
        let press = press();
        let face = Face::parse(&press.file, 0).unwrap();
        let text = "双方同意：卖方应在最晚交付日期之前，将车辆 C7-750 Long Range 交付给买方（含随车附件）。".repeat(4);
        let lines = broken(&face, BODY, &text, COLUMN);
        assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        for line in &lines {
            assert!(width(&face, BODY, line) <= COLUMN, "{line}");
            let first = line.chars().next().unwrap();
            assert!(!"，。：）".contains(first), "{line}");
        }
        let word = "W".repeat(300);
        let cut = broken(&face, BODY, &word, COLUMN);
        assert_eq!((cut.concat(), cut.len() > 1), (word, true));
        assert_eq!(broken(&face, BODY, "", COLUMN), [""]);
    }

    #[test]
    fn what_does_not_fit_goes_on_the_next_page_and_a_heading_stays_with_its_text() {
        let press = press();
        let face = Face::parse(&press.file, 0).unwrap();
        let one =
            [Block::Heading("一、".into()), Block::Text("约定。".into()), Block::Row("合计".into(), "1.00".into())];
        let blocks: Vec<Block> = std::iter::repeat_n(one, 60).flatten().collect();
        let pages = pages(&face, &blocks);
        assert!(pages.len() > 2);
        assert_eq!(pages.iter().map(Vec::len).sum::<usize>(), 60 * 4);
        for page in &pages {
            assert!(page.iter().all(|line| line.baseline < HEIGHT - MARGIN && line.x >= MARGIN));
            assert_ne!(page.last().unwrap().text, "一、");
        }
    }

    #[test]
    fn the_same_sheet_is_the_same_file() {
        let sheet =
            Sheet {
                title: "合同".into(), blocks: vec![Block::Title("汽车买卖合同".into())], ..Sheet::default()
            };
        let press = press();
        let file = press.print(&sheet).unwrap();
        assert!(file.starts_with(b"%PDF-"));
        assert_eq!(press.print(&sheet).unwrap(), file);
    }
}
