//! A broker that ends the connection at messages of a size: MQTT 3.1.1 has no way to say that a packet is too large, and it
//! would be so at every attempt.

use super::wire::Trouble;

/// Bytes that no broker finds too large.
const SMALL: usize = 4000;
/// Ends in a row after which the size of what was on its way is the likely reason.
const ENDS: u32 = 3;

/// Ends in a row without a reason while a large message was on its way.
#[derive(Debug, Default)]
pub struct Choked(u32);

impl Choked {
    /// A connection ended while a message of `largest` bytes was on its way. Whether messages are to be smaller.
    pub fn ended(&mut self, trouble: &Trouble, largest: usize) -> bool {
        let ends = match trouble {
            Trouble::Cut => 1,
            trouble if trouble.is_too_large() => ENDS,
            _ => return false,
        };
        if largest < SMALL {
            return false;
        }
        self.0 += ends;
        self.0 >= ENDS
    }
}
