// A QR code in front of this phone's camera, read by the browser where it can.
import { useEffect, useRef } from 'preact/hooks';
import { say } from '../../shell/banner';
import { words } from '../../words';
import { fleet as w } from '../words';

interface Detector {
  detect(picture: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}
declare const BarcodeDetector: undefined | (new (options: { formats: string[] }) => Detector);

export const scans = typeof BarcodeDetector === 'function' && Boolean(navigator.mediaDevices);

/** Between two looks, ms. */
const PAUSE = 250;

export function Scan({ found, close }: { found: (text: string) => void; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    let over = false;
    let stream: MediaStream | undefined;
    const look = async () => {
      if (!BarcodeDetector) return;
      const detector = new BarcodeDetector({ formats: ['qr_code'] });
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
      if (!video.current || over) return;
      video.current.srcObject = stream;
      await video.current.play();
      while (!over && video.current) {
        const [code] = await detector.detect(video.current);
        if (code) return found(code.rawValue);
        await new Promise((done) => setTimeout(done, PAUSE));
      }
    };
    look()
      .catch((error) => {
        if (over) return;
        say(w.noScan(error instanceof Error ? error.message : String(error)));
        close();
      })
      .finally(() => {
        for (const track of stream?.getTracks() ?? []) track.stop();
      });
    return () => {
      over = true;
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
  }, []);
  return (
    <dialog id="scan" ref={dialog} aria-label={w.scan} onClose={close}>
      <video ref={video} muted playsInline />
      <p class="state">{w.scanHint}</p>
      <div class="row">
        <button type="button" class="full" onClick={() => dialog.current?.close()}>
          {words.cancel}
        </button>
      </div>
    </dialog>
  );
}
