// The page starts here.
import { render } from 'preact';
import './shell/common';
import { App } from './shell/app';
import { start } from './shell/start';

render(<App />, document.body);
void start();
