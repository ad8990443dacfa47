//! Gives pictures to a loopback device, as a camera would: `v4l2_produce DEVICE WIDTH HEIGHT sound|cut|yuyv`, 15 a second,
//! until it is killed. `sound`: motion JPEG; `cut`: the same, each without its end; `yuyv`: raw.

use anyhow::Context;
use fieldcoach::picture::encode_jpeg;
use std::io::Write;
use std::time::Duration;
use v4l::video::Output;
use v4l::{Device, Format, FourCC};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [device, width, height, kind] = arguments.as_slice() else {
        anyhow::bail!("usage: v4l2_produce DEVICE WIDTH HEIGHT sound|cut|yuyv");
    };
    let (width, height): (u32, u32) = (width.parse()?, height.parse()?);
    let raw = kind == "yuyv";
    let mut output = Device::with_path(device).with_context(|| format!("{device} can't be opened"))?;
    let code = FourCC::new(if raw { b"YUYV" } else { b"MJPG" });
    let set = Output::set_format(&output, &Format::new(width, height, code)).context("the format is refused")?;
    anyhow::ensure!((set.width, set.height, set.fourcc) == (width, height, code), "another format was set:\n{set}");
    println!("PRODUCE {width}x{height} {code} {kind}");
    for shade in (0..=255u8).cycle() {
        let picture = if raw {
            [shade, 128].repeat((width * height) as usize)
        } else {
            let jpeg = encode_jpeg(&image::RgbImage::from_pixel(width, height, image::Rgb([shade; 3])), 90);
            let end = if kind == "cut" { jpeg.len() / 2 } else { jpeg.len() };
            jpeg[..end].to_vec()
        };
        output.write_all(&picture).context("the device takes no picture")?;
        std::thread::sleep(Duration::from_millis(66));
    }
    Ok(())
}
