// A sentence of the device, in which names stand between backticks. Whatever a name is written in, it turns nothing else around.
import { ofDevice } from '../../words/device';

export function Quoted({ text }: { text: string }) {
  return (
    <>
      {ofDevice(text)
        .split('`')
        .map((part, i) =>
          i % 2 ? (
            <b key={i}>
              <bdi>{part}</bdi>
            </b>
          ) : (
            part
          ),
        )}
    </>
  );
}
