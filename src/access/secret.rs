//! Random secrets and codes, and how they are compared.

use crate::domain::TokenId;
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Crockford's base 32: no I, L, O and U, which are read as others (or said).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a code: 40 bits, of which at most ten a minute can be tried.
const CODE: usize = 8;

/// A secret's or a code's SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub fn to_hex(self) -> String {
        hex::encode(self.0)
    }

    /// Takes as long whether they are the same or not.
    pub fn same(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// What a device keeps of a secret: its SHA-256.
pub fn hash_of(secret: &str) -> [u8; 32] {
    Hash::of(secret).0
}

/// What stands for a token's id where somebody has its secret and does not know that: made of the secret's SHA-256, and of
/// no use to find it.
pub fn stand_in(hash: &[u8; 32]) -> TokenId {
    let digest = Sha256::new().chain_update(b"fieldcoach token 1 ").chain_update(hash).finalize();
    let bytes = std::array::from_fn(|at| digest[at]);
    TokenId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// 256 random bits, recognisable as ours by whoever finds them in a log.
///
/// Panics where the system gives no random numbers: nothing secret can be made then.
pub fn token() -> String {
    format!("fct_{}", hex::encode(random::<32>()))
}

/// A code to be shown: `K7QF-3M9T`. Panics as [`token`].
pub fn code() -> String {
    // 256 is a multiple of 32: every character is equally likely.
    let letters: String = random::<CODE>().iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
    format!("{}-{}", &letters[..CODE / 2], &letters[CODE / 2..])
}

/// What was typed, as it is compared: without spaces and hyphens, in capitals, letters that look like digits as digits.
pub fn normal(typed: &str) -> String {
    typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        })
        .collect()
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // The kernel has random numbers long before anything of ours starts.
    SysRng.try_fill_bytes(&mut bytes).expect("the system gives no random numbers");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = code();
        assert_eq!(code.len(), CODE + 1);
        let plain = normal(&code);
        for typed in [code.to_lowercase(), code.replace('-', " "), format!("  {plain} "), code.replace('0', "o")] {
            assert_eq!(normal(&typed), plain, "{typed}");
        }
        assert_eq!(normal("il-O"), "110");
    }

    #[test]
    fn secrets_differ_and_their_hashes_compare() {
        let (one, other) = (token(), token());
        assert_ne!(one, other);
        assert_eq!(one.len(), 4 + 64);
        assert!(Hash::of(&one).same(&Hash::of(&one)) && !Hash::of(&one).same(&Hash::of(&other)));
        assert_eq!(Hash::from_hex(&Hash::of(&one).to_hex()), Some(Hash::of(&one)));
        assert_eq!(Hash::from_hex("zz"), None);
    }
}
