//! From a camera's raw pixels to RGB (BT.601, limited range, as V4L2 cameras send by default).

use image::RgbImage;

/// YUYV: two pixels in four bytes. `stride`: bytes a row, 0 for no padding. `None` where data is missing.
pub fn from_yuyv(data: &[u8], width: u32, height: u32, stride: u32) -> Option<RgbImage> {
    let (w, h) = (width as usize, height as usize);
    let stride = (stride as usize).max(w * 2);
    if w % 2 != 0 || data.len() < stride * h.checked_sub(1)? + w * 2 {
        return None;
    }
    let mut rgb = Vec::with_capacity(w * h * 3);
    for row in 0..h {
        for quad in data[row * stride..][..w * 2].as_chunks::<4>().0 {
            let [y0, u, y1, v] = *quad;
            rgb.extend(colour(y0, u, v));
            rgb.extend(colour(y1, u, v));
        }
    }
    RgbImage::from_raw(width, height, rgb)
}

/// NV12: a plane of brightness, then a plane of colour pairs at half the resolution.
pub fn from_nv12(data: &[u8], width: u32, height: u32, stride: u32) -> Option<RgbImage> {
    let (w, h) = (width as usize, height as usize);
    let stride = (stride as usize).max(w);
    if w % 2 != 0 || h % 2 != 0 || h == 0 || data.len() < stride * h + stride * (h / 2 - 1) + w {
        return None;
    }
    let (luma, chroma) = data.split_at(stride * h);
    let mut rgb = Vec::with_capacity(w * h * 3);
    for row in 0..h {
        let pairs = &chroma[row / 2 * stride..][..w];
        for (x, y) in luma[row * stride..][..w].iter().enumerate() {
            rgb.extend(colour(*y, pairs[x & !1], pairs[x | 1]));
        }
    }
    RgbImage::from_raw(width, height, rgb)
}

/// ITU-R BT.601, in 1/256ths.
fn colour(y: u8, u: u8, v: u8) -> [u8; 3] {
    let y = 298 * (i32::from(y) - 16);
    let (u, v) = (i32::from(u) - 128, i32::from(v) - 128);
    [y + 409 * v, y - 100 * u - 208 * v, y + 516 * u].map(|c| ((c + 128) >> 8).clamp(0, 255) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// BT.601's colour bars: white, black, red, blue.
    const BARS: [([u8; 3], [u8; 3]); 4] = [
        ([235, 128, 128], [255, 255, 255]),
        ([16, 128, 128], [0, 0, 0]),
        ([81, 90, 240], [255, 0, 0]),
        ([41, 240, 110], [0, 0, 255]),
    ];

    fn near(pixel: &image::Rgb<u8>, wanted: [u8; 3]) -> bool {
        pixel.0.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 2)
    }

    #[test]
    fn both_formats_give_the_standard_colour_bars_whatever_the_stride() {
        for ([y, u, v], rgb) in BARS {
            let mut yuyv = [y, u, y, v].repeat(2);
            yuyv.extend([0; 4]);
            let yuyv = yuyv.repeat(2);
            let image = from_yuyv(&yuyv, 4, 2, 12).unwrap();
            assert!(image.pixels().all(|p| near(p, rgb)), "{image:?}");

            let mut nv12 = [[y; 4].as_slice(), &[0; 2]].concat().repeat(2);
            nv12.extend([u, v, u, v, 0, 0]);
            let image = from_nv12(&nv12, 4, 2, 6).unwrap();
            assert!(image.pixels().all(|p| near(p, rgb)), "{image:?}");
        }
    }

    #[test]
    fn a_short_buffer_is_refused() {
        assert!(from_yuyv(&[128; 15], 4, 2, 8).is_none());
        assert!(from_nv12(&[128; 11], 4, 2, 4).is_none());
        assert!(from_yuyv(&[], 0, 0, 0).is_none());
        assert!(from_nv12(&[], 0, 0, 0).is_none());
    }
}
