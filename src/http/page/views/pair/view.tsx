// Pairing with the device; at first contact the browser has just warned: then is the time to say why.
import { Certificate } from '../../certificate/card';
import { dismissed, untrusted } from '../../certificate/trust';
import { Gate } from './gate';

const warned = async () => !dismissed() && (await untrusted());

export const View = ({ id }: { id: string | undefined }) => (
  <Gate code={id} home="#/camera" stay={warned}>
    <div id="pair-certificate">
      <Certificate group="pair-certificate" />
    </div>
  </Gate>
);
