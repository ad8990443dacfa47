// What the shell and most views use. The build has every view import it, so that it all comes as one file: a phone on a slow
// link waits for every further one.
import '../api/access';
import '../api/categories';
import '../api/stream';
import '../offline/late';
import '../offline/outbox';
import '../ui/button';
import '../ui/colour';
import '../ui/icon';
import '../ui/load';
import '../ui/undo';
import '../words/format';
import './back';
import './badge';
import './banner';
import './place';
import './route';
import './styles';
import './worker';
