//! What files may be (C076): a closed list of types, known by their first bytes and not by what is said of them, and how long.

use entity::SharedFileType;

/// So many first bytes tell the type.
pub const ENOUGH: usize = 512;

/// How large files may be, bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Pictures and documents.
    pub file: u64,
    /// Films.
    pub video: u64,
    /// All of an order together.
    pub order: u64,
}

impl Default for Caps {
    fn default() -> Self {
        Self { file: 10 << 20, video: 50 << 20, order: 500 << 20 }
    }
}

impl Caps {
    /// How large a file of a type may be.
    pub fn of(self, file_type: SharedFileType) -> u64 {
        match file_type {
            SharedFileType::Video => self.video,
            SharedFileType::Jpeg
            | SharedFileType::Png
            | SharedFileType::Webp
            | SharedFileType::Heic
            | SharedFileType::Pdf => self.file,
        }
    }
}

/// Whether an order whose files have so many bytes, with those that are announced, may have another of so many.
pub fn has_room(caps: Caps, there: i64, size: i64) -> bool {
    there.checked_add(size).and_then(|all| u64::try_from(all).ok()).is_some_and(|all| all <= caps.order)
}

/// A type's name on the web.
pub fn content_type(file_type: SharedFileType) -> &'static str {
    match file_type {
        SharedFileType::Jpeg => "image/jpeg",
        SharedFileType::Png => "image/png",
        SharedFileType::Webp => "image/webp",
        SharedFileType::Heic => "image/heic",
        SharedFileType::Pdf => "application/pdf",
        SharedFileType::Video => "video/mp4",
    }
}

/// How a file of a type ends whose own name cannot be written.
pub fn extension(file_type: SharedFileType) -> &'static str {
    match file_type {
        SharedFileType::Jpeg => "jpg",
        SharedFileType::Png => "png",
        SharedFileType::Webp => "webp",
        SharedFileType::Heic => "heic",
        SharedFileType::Pdf => "pdf",
        SharedFileType::Video => "mp4",
    }
}

/// Whether a browser shows it in its place; all else it keeps.
pub fn is_image(file_type: SharedFileType) -> bool {
    !matches!(file_type, SharedFileType::Pdf | SharedFileType::Video)
}

/// The type of a name on the web, if it is one of those that are taken. Neither SVG nor HTML, which run in a browser.
pub fn named(content_type: &str) -> Option<SharedFileType> {
    let name = content_type.trim().to_ascii_lowercase();
    Some(match name.as_str() {
        "image/jpeg" | "image/jpg" => SharedFileType::Jpeg,
        "image/png" => SharedFileType::Png,
        "image/webp" => SharedFileType::Webp,
        // Phones write either.
        "image/heic" | "image/heif" => SharedFileType::Heic,
        "application/pdf" => SharedFileType::Pdf,
        "video/mp4" => SharedFileType::Video,
        _ => return None,
    })
}

/// The type that first bytes tell, if it is one of those that are taken.
pub fn sniffed(head: &[u8]) -> Option<SharedFileType> {
    named(infer::get(head)?.mime_type())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";
    const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xdb\0\x43\0";
    const WEBP: &[u8] = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0";
    const HEIC: &[u8] = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\x0cmeta";
    const PDF: &[u8] = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< >>\nendobj\n";
    const MP4: &[u8] = b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41\0\0\0\x08free";

    #[test]
    fn each_type_is_known_by_its_first_bytes() {
        use SharedFileType::{Heic, Jpeg, Pdf, Png, Video, Webp};
        for (head, wanted) in [(PNG, Png), (JPEG, Jpeg), (WEBP, Webp), (HEIC, Heic), (PDF, Pdf), (MP4, Video)] {
            assert_eq!(sniffed(head), Some(wanted));
            assert_eq!(named(content_type(wanted)), Some(wanted));
        }
    }

    #[test]
    fn what_runs_in_a_browser_or_on_a_machine_is_none_of_them() {
        for head in [
            b"<!DOCTYPE html><html><script>alert(1)</script>".as_slice(),
            b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>",
            b"<?xml version=\"1.0\"?><svg/>",
            b"GIF89a\x01\0\x01\0",
            b"PK\x03\x04\x14\0\0\0",
            b"MZ\x90\0\x03\0\0\0",
            b"\x7fELF\x02\x01\x01\0",
            b"#!/bin/sh\n",
            b"",
        ] {
            assert_eq!(sniffed(head), None, "{head:?}");
        }
        for name in ["image/svg+xml", "text/html", "application/octet-stream", "", "image/*"] {
            assert_eq!(named(name), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn an_order_has_no_more_than_it_may(order in 0_u64..1000, sizes in prop::collection::vec(1_i64..400, 0..12)) {
            let caps = Caps { order, ..Caps::default() };
            let there = sizes.iter().fold(0, |there, size| if has_room(caps, there, *size) { there + size } else { there });
            prop_assert!(there <= i64::try_from(order).unwrap());
            prop_assert!(!has_room(caps, i64::MAX, 1));
        }

        #[test]
        fn a_plain_text_is_no_picture(head in "[ -$&-~\\n]{1,64}") {
            prop_assert_eq!(sniffed(head.as_bytes()), None);
        }

        #[test]
        fn a_cap_is_that_of_the_type(file in 1_u64..1 << 30, video in 1_u64..1 << 30) {
            let caps = Caps { file, video, ..Caps::default() };
            for file_type in SharedFileType::ALL {
                let cap = if *file_type == SharedFileType::Video { video } else { file };
                prop_assert_eq!(caps.of(*file_type), cap);
            }
        }
    }
}
