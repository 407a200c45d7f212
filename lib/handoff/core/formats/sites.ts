/** Countries of Exact Online: the name the receiving form shows, and the host, which is also the `api-url` (reference 1.2). */
export const siteNames: Readonly<Record<string, string>> = {
  nl: 'Netherlands',
  be: 'Belgium',
  de: 'Germany',
  fr: 'France',
  es: 'Spain',
  uk: 'United Kingdom',
  us: 'United States',
};

export const exactHosts: Readonly<Record<string, string>> = {
  nl: 'start.exactonline.nl',
  be: 'start.exactonline.be',
  de: 'start.exactonline.de',
  fr: 'start.exactonline.fr',
  es: 'start.exactonline.es',
  uk: 'start.exactonline.co.uk',
  us: 'start.exactonline.com',
};
