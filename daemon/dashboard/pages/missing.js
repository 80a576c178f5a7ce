import { html } from '../html.js';
import { Empty } from '../components/empty.js';

export const Page = () => html`<h1>Not found</h1><${Empty} title="There is no such page"><p><a href="/">The overview</a> leads everywhere.</p><//>`;
