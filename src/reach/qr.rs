//! QR codes: for a screen, and for a terminal.

use qrcode::render::{svg, unicode};
use qrcode::types::QrError;
use qrcode::{EcLevel, QrCode};

/// As a picture.
pub fn svg(text: &str) -> Result<String, QrError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)?;
    Ok(code.render::<svg::Color<'_>>().min_dimensions(240, 240).build())
}

/// As lines for a terminal, light on dark.
pub fn text(text: &str) -> Result<String, QrError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L)?;
    let (dark, light) = (unicode::Dense1x2::Light, unicode::Dense1x2::Dark);
    Ok(code.render::<unicode::Dense1x2>().dark_color(dark).light_color(light).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_becomes_a_code() {
        let url = "https://cam-7.local:8080/#/pair/K7QF-3M9T";
        assert!(svg(url).unwrap().contains("<svg"));
        let lines = text(url).unwrap();
        // 29 modules and a margin of four on each side, two rows a line.
        assert_eq!((lines.lines().count(), lines.lines().next().unwrap().chars().count()), (19, 37));
    }
}
