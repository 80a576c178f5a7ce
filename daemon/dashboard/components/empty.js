import { html } from '../html.js';

/** What to do where there is nothing yet. @param {{title: string, children?: any}} props */
export const Empty = ({ title, children }) => html`<div class="empty"><h3>${title}</h3>${children}</div>`;

/** A named part of a page. @param {{title: any, id?: string, aside?: any, class?: string, children?: any}} props */
export const Section = ({ title, id, aside, class: extra = '', children }) =>
  html`<section class=${`panel ${extra}`} id=${id}><header><h2>${title}</h2>${aside && html`<div class="aside">${aside}</div>`}</header>${children}</section>`;

/** Names and values. @param {{of: [any, any][]}} props */
export const Facts = ({ of }) =>
  html`<dl class="facts">${of.filter(([, value]) => value !== null && value !== undefined && value !== '').map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
