// The fleet's page starts here.
import { render } from 'preact';
import { App } from './shell/app';
import { start } from './shell/start';

render(<App />, document.body);
void start();
