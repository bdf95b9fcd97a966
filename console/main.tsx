import { render } from 'preact';

import './styles/colours.css';
import './styles/page.css';
import './styles/controls.css';
import './styles/conversation.css';
import { App } from './view/app.js';

render(<App />, document.body);
