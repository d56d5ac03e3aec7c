//! Compresses what a page holds, as `DecompressionStream("deflate-raw")` takes it, in base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use miniz_oxide::deflate::core::create_comp_flags_from_zip_params;
use miniz_oxide::deflate::core::{CompressorOxide, TDEFLFlush, TDEFLStatus, compress_to_output};

/// Fast: the suite waits for it.
const LEVEL: i32 = 1;
/// A negative number of bits asks for no header.
const RAW: i32 = -15;
const DEFAULT_STRATEGY: i32 = 0;

/// A compressor that is used again and again.
pub(super) struct Packer {
    compressor: Box<CompressorOxide>,
    packed: Vec<u8>,
}

impl Packer {
    pub fn new() -> Packer {
        let flags = create_comp_flags_from_zip_params(LEVEL, RAW, DEFAULT_STRATEGY);
        Packer { compressor: Box::new(CompressorOxide::new(flags)), packed: Vec::new() }
    }

    /// The bytes, packed.
    pub fn pack(&mut self, bytes: &[u8]) -> String {
        self.compressor.reset();
        self.packed.clear();
        let packed = &mut self.packed;
        let keep = |some: &[u8]| {
            packed.extend_from_slice(some);
            true
        };
        let (status, _) = compress_to_output(&mut self.compressor, bytes, TDEFLFlush::Finish, keep);
        assert!(status == TDEFLStatus::Done, "memory takes all there is: {status:?}");
        STANDARD.encode(&self.packed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_there_again() {
        let mut packer = Packer::new();
        let long = "the same words, ".repeat(100_000);
        for text in ["", "a", &long, "b"] {
            let packed = STANDARD.decode(packer.pack(text.as_bytes())).unwrap();
            let unpacked = miniz_oxide::inflate::decompress_to_vec(&packed).unwrap();
            assert!(unpacked == text.as_bytes());
            assert!(packed.len() < 10_000);
        }
    }
}
