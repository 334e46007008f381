"""Reading whole sites: addresses, robots.txt, sitemaps, links, and fetching with manners. No SQL here."""
