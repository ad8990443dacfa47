// On a slow link a small picture comes first, to begin on; the whole one takes its place as soon as it is there.
import { on } from '../../api/news';
import type { Frame } from '../../api/types';
import { say } from '../../shell/banner';
import { sharpOf } from './fetch';
import { sheet, stage } from './state';
import { blur, painted } from './turn';

export async function sharpen(frame: Frame): Promise<void> {
  const gone = () => sheet.peek()?.frame !== frame;
  try {
    const picture = await sharpOf(frame);
    if (gone()) return;
    stage.picture = picture;
    blur(false);
    if (stage.board) stage.board.sharpen(picture);
    else painted();
  } catch (error) {
    if (gone()) return;
    say(error);
    const stop = on('open', () => {
      stop();
      if (!gone()) void sharpen(frame);
    });
  }
}
