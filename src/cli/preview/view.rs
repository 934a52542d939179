//! What a message looks like, independent of where it is drawn: the parts that a room shows, from top to bottom.

/// A message as its room shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct View {
    /// The destination's name, such as `slack`, or `sms`.
    pub(super) target: &'static str,
    /// The parts, from top to bottom.
    pub(super) parts: Vec<Part>,
}

/// A part of a message. All texts are as a person sees them: nothing in them is escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The title.
    Heading(String),
    /// A strip in the color of a tone, with a text.
    Banner { tone: Tone, text: String },
    /// Text in bold.
    Strong(String),
    /// Plain text, maybe of several lines.
    Text(String),
    /// Small or gray text.
    Small(String),
    /// Text in a monospaced font.
    Code(String),
    /// Labels and values.
    Fields(Vec<Field>),
    /// Links as buttons.
    Buttons(Vec<Link>),
    /// Links in a line of text.
    Links(Vec<Link>),
    /// What stands beside a color bar, given as 24-bit RGB.
    Bar { color: u32, parts: Vec<Part> },
}

/// A label and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) label: String,
    pub(super) value: String,
    /// Whether the room puts it beside others if there is space.
    pub(super) is_inline: bool,
}

/// A link with its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) text: String,
    pub(super) url: String,
}

/// The meaning of a color.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// An alarm.
    Attention,
    /// Something is not compliant.
    Warning,
    /// All is well.
    Good,
    /// Neither good nor bad.
    Neutral,
    /// A message of an unknown kind.
    Accent,
}

impl Tone {
    /// Returns the tone's name in a style sheet.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Tone::Attention => "attention",
            Tone::Warning => "warning",
            Tone::Good => "good",
            Tone::Neutral => "neutral",
            Tone::Accent => "accent",
        }
    }

    /// Returns the tone's color on a terminal, as 24-bit RGB.
    pub(super) fn rgb(self) -> u32 {
        match self {
            Tone::Attention => 0xd9_30_25,
            Tone::Warning => 0xf2_99_00,
            Tone::Good => 0x18_80_38,
            Tone::Neutral => 0x80_86_8b,
            Tone::Accent => 0x1a_73_e8,
        }
    }
}
