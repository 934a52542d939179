//! GSM-7, the default alphabet of SMS (3GPP TS 23.038): the size of a text in it, and the transliteration of other texts to it.

/// The maximum length of a GSM-7 message of one part, in septets.
pub(super) const SINGLE_PART: usize = 160;
/// The maximum length of each part of a longer message, in septets; seven are used by the header that joins the parts.
const MULTI_PART: usize = 153;
/// The maximum length of a UCS-2 message of one part, in UTF-16 code units.
const SINGLE_PART_UCS2: usize = 70;
/// The maximum length of each part of a longer UCS-2 message, in UTF-16 code units.
const MULTI_PART_UCS2: usize = 67;

/// The default alphabet in the order of its codes. 0x1B is not a character but the escape to the extension table.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
    ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// The extension table: each character takes two septets, an escape and a code.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";
/// The end of a truncated text.
const ELLIPSIS: &str = "...";

/// Returns the length of a character in septets, 1 or 2; `None` if it is not in the alphabet.
pub(super) fn septets_of(c: char) -> Option<usize> {
    if c == '\u{1b}' {
        None
    } else if c.is_ascii_alphanumeric() || BASIC.contains(c) {
        Some(1)
    } else if EXTENSION.contains(c) {
        Some(2)
    } else {
        None
    }
}

/// Returns the length of a text in septets; `None` if one of its characters is not in the alphabet.
pub(super) fn septets(text: &str) -> Option<usize> {
    text.chars().map(septets_of).sum()
}

/// The encoding of a text when it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Seven bits per character; counted in septets.
    Gsm7,
    /// Sixteen bits, for any other text; counted in UTF-16 code units.
    Ucs2,
}

/// The size of a text, as it is sent and billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    /// The encoding.
    pub encoding: Encoding,
    /// The length, in septets or UTF-16 code units.
    pub units: usize,
    /// The number of parts. AWS may use one more, because it prefers to split at spaces.
    pub parts: usize,
}

/// Returns the size of a text.
pub(super) fn size(text: &str) -> Size {
    let gsm7: Option<Vec<usize>> = text.chars().map(septets_of).collect();
    match gsm7 {
        Some(costs) => Size::of(Encoding::Gsm7, &costs, SINGLE_PART, MULTI_PART),
        None => Size::of(
            Encoding::Ucs2,
            &text.chars().map(char::len_utf16).collect::<Vec<_>>(),
            SINGLE_PART_UCS2,
            MULTI_PART_UCS2,
        ),
    }
}

impl Size {
    fn of(encoding: Encoding, costs: &[usize], one: usize, part: usize) -> Size {
        let units = costs.iter().sum();
        if units <= one {
            return Size {
                encoding,
                units,
                parts: 1,
            };
        }
        // Neither an escape sequence nor a surrogate pair is split.
        let (mut parts, mut filled) = (1, 0);
        for cost in costs {
            if filled + cost > part {
                (parts, filled) = (parts + 1, 0);
            }
            filled += cost;
        }
        Size {
            encoding,
            units,
            parts,
        }
    }
}

/// Transliterates a text to the alphabet: characters in it stay; control characters become spaces; other letters, quotes and dashes
/// become the nearest Latin ones; everything else becomes `?`.
pub(super) fn transliterate(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            out.push(' ');
        } else if septets_of(c).is_some() {
            out.push(c);
        } else {
            // The grave accent is the only printable ASCII character that is not in the alphabet.
            let latin = deunicode::deunicode_char(c).unwrap_or("?");
            out.extend(latin.chars().map(|c| {
                if septets_of(c).is_some() && !c.is_control() {
                    c
                } else {
                    '\''
                }
            }));
        }
    }
    out
}

/// Truncates a text to at most `limit` septets, on a character boundary, with `...` if there is room for it.
///
/// Characters that are not in the alphabet count as nothing: transliterate first.
pub(super) fn truncate(text: &str, limit: usize) -> String {
    if septets(text).is_some_and(|septets| septets <= limit) {
        return text.to_owned();
    }
    let ellipsis = if limit >= ELLIPSIS.len() {
        ELLIPSIS
    } else {
        ""
    };
    let mut left = limit - ellipsis.len();
    let kept: String = text
        .chars()
        .take_while(|c| {
            let cost = septets_of(*c).unwrap_or(0);
            let fits = cost <= left;
            left = left.saturating_sub(cost);
            fits
        })
        .collect();
    format!("{}{ellipsis}", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The default alphabet as code points, copied from the standard's table column by column, without 0x1B.
    const STANDARD: [u32; 127] = [
        0x40, 0xA3, 0x24, 0xA5, 0xE8, 0xE9, 0xF9, 0xEC, 0xF2, 0xC7, 0x0A, 0xD8, 0xF8, 0x0D, 0xC5,
        0xE5, // 0x00
        0x394, 0x5F, 0x3A6, 0x393, 0x39B, 0x3A9, 0x3A0, 0x3A8, 0x3A3, 0x398, 0x39E, 0xC6, 0xE6,
        0xDF, 0xC9, // 0x10
        0x20, 0x21, 0x22, 0x23, 0xA4, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x2B, 0x2C, 0x2D, 0x2E,
        0x2F, // 0x20
        0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x3B, 0x3C, 0x3D, 0x3E,
        0x3F, // 0x30
        0xA1, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x4B, 0x4C, 0x4D, 0x4E,
        0x4F, // 0x40
        0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5A, 0xC4, 0xD6, 0xD1, 0xDC,
        0xA7, // 0x50
        0xBF, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E,
        0x6F, // 0x60
        0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A, 0xE4, 0xF6, 0xF1, 0xFC,
        0xE0, // 0x70
    ];
    /// The extension table: form feed, ^ { } \ [ ~ ] | and the euro sign.
    const STANDARD_EXTENSION: [u32; 10] =
        [0x0C, 0x5E, 0x7B, 0x7D, 0x5C, 0x5B, 0x7E, 0x5D, 0x7C, 0x20AC];

    #[test]
    fn every_code_point_has_the_length_of_the_standard() {
        for c in (0..=0x10FFFF).filter_map(char::from_u32) {
            let code = u32::from(c);
            let expected = if STANDARD.contains(&code) {
                Some(1)
            } else {
                STANDARD_EXTENSION.contains(&code).then_some(2)
            };
            assert_eq!(septets_of(c), expected, "{c:?}");
        }
        let listed: Vec<u32> = BASIC
            .chars()
            .filter(|c| *c != '\u{1b}')
            .map(u32::from)
            .collect();
        assert_eq!(listed, STANDARD);
    }

    #[test]
    fn parts_are_counted_as_they_are_billed() {
        let gsm7 = |text: &str| {
            (size(text).encoding == Encoding::Gsm7).then_some((size(text).units, size(text).parts))
        };
        assert_eq!(gsm7(""), Some((0, 1)));
        assert_eq!(gsm7(&"a".repeat(160)), Some((160, 1)));
        assert_eq!(gsm7(&"a".repeat(161)), Some((161, 2)));
        assert_eq!(gsm7(&"a".repeat(306)), Some((306, 2)));
        assert_eq!(gsm7(&"a".repeat(307)), Some((307, 3)));
        assert_eq!(gsm7(&"{".repeat(80)), Some((160, 1)));
        // An escape sequence is not split: 76 fit into 153, not 76 and a half.
        assert_eq!(gsm7(&"{".repeat(152)), Some((304, 2)));
        assert_eq!(gsm7(&"{".repeat(153)), Some((306, 3)));
        let ucs2 = |text: &str| {
            (size(text).encoding == Encoding::Ucs2).then_some((size(text).units, size(text).parts))
        };
        assert_eq!(ucs2(&"ж".repeat(70)), Some((70, 1)));
        assert_eq!(ucs2(&"ж".repeat(71)), Some((71, 2)));
        assert_eq!(ucs2(&"😀".repeat(35)), Some((70, 1)));
        assert_eq!(ucs2(&"😀".repeat(67)), Some((134, 3)));
        assert_eq!(ucs2("one em dash — halves it"), Some((23, 1)));
    }

    #[test]
    fn other_alphabets_are_transliterated() {
        for (text, expected) in [
            (
                "“quoted” ‘text’ – and — so…",
                "\"quoted\" 'text' - and -- so...",
            ),
            (
                "Ångström, Ørsted, Ñandú, Übergröße",
                "Ångström, Ørsted, Ñandu, Übergröße",
            ),
            (
                "Łódź, Çelik, çelik, naïve, Dvořák",
                "Lodz, Çelik, celik, naive, Dvorak",
            ),
            ("Ελλάδα ΔΩ", "Ellada ΔΩ"),
            ("Москва", "Moskva"),
            ("e\u{301}t\u{e9}", "eté"),
            ("tab\tline\nend\u{0}\u{1b}\u{7f}", "tab line end   "),
            ("`code` {x}", "'code' {x}"),
            ("\u{e000}\u{10ffff}", "??"),
            ("5 µm ≤ 6 €", "5 um <= 6 €"),
        ] {
            assert_eq!(transliterate(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_text_is_truncated_between_characters() {
        assert_eq!(truncate("exactly", 7), "exactly");
        assert_eq!(truncate("one more", 7), "one...");
        assert_eq!(truncate("{{{{", 7), "{{...");
        assert_eq!(truncate("{{{{", 8), "{{{{");
        assert_eq!(truncate("abc", 2), "ab");
        assert_eq!(truncate("{{", 1), "");
        assert_eq!(truncate("abc", 0), "");
    }

    proptest! {
        #[test]
        fn any_text_can_be_transliterated_and_truncated(text in any::<String>(), limit in 0usize..200) {
            let latin = transliterate(&text);
            prop_assert!(latin.chars().all(|c| !c.is_control()), "{:?}", latin);
            let all = septets(&latin);
            prop_assert!(all.is_some(), "{:?}", latin);
            prop_assert!(septets(&truncate(&latin, limit)) <= Some(limit));
            prop_assert_eq!(all <= Some(limit), truncate(&latin, limit) == latin || latin.is_empty());
        }

        #[test]
        fn characters_of_the_alphabet_stay(text in "[ -_a-zÄÖÑÜäöñüàèéùìòÆæßÉ£¥€{}~|ΔΦΓΛΩΠΨΣΘΞ]{0,40}") {
            prop_assert_eq!(transliterate(&text), text);
        }
    }
}
