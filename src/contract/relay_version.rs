//! The line with which a relay says its version, and how it is found in a relay's binary without running it.
//!
//! The build script reads it in the relays that are built into ddalert, so this file imports nothing of the crate.

/// What `ddalert-relay --version` prints.
pub const RELAY_VERSION_LINE: &str = concat!("ddalert-relay ", env!("CARGO_PKG_VERSION"), "\n");

/// What stands before the version.
const NAME: &[u8] = b"ddalert-relay ";

/// Returns the version of the relay that a binary is, or nothing if it does not say one: then it is not a relay.
pub fn relay_version(binary: &[u8]) -> Option<String> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b".-+".contains(byte);
    let mut rest = binary;
    while let Some(at) = rest.iter().position(|byte| *byte == NAME[0]) {
        rest = &rest[at..];
        if let Some(version) = rest.strip_prefix(NAME) {
            let length = version.iter().take_while(|byte| is_part(byte)).count();
            if version.first().is_some_and(u8::is_ascii_digit)
                && version.get(length) == Some(&b'\n')
            {
                return Some(String::from_utf8_lossy(&version[..length]).into_owned());
            }
        }
        rest = &rest[1..];
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_found_in_the_middle_of_a_binary() {
        let mut binary = b"\x7fELF ddalert-relay beside ddalert\0ddalert-relay ".to_vec();
        assert_eq!(relay_version(&binary), None);
        binary.extend_from_slice(b"ddalert-relay 1.2.3-rc.1\nddalert-relay 9.9.9");
        assert_eq!(relay_version(&binary).as_deref(), Some("1.2.3-rc.1"));
        let own = relay_version(RELAY_VERSION_LINE.as_bytes());
        assert_eq!(own.as_deref(), Some(env!("CARGO_PKG_VERSION")));
    }
}
