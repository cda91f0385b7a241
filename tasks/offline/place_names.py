"""Names of places: countries, states and regions, large cities. Data, in English and as the countries write them."""

_COUNTRIES = """Afghanistan;Albania;Algeria;Andorra;Angola;Argentina;Armenia;Australia;Austria;Azerbaijan;Bahamas;Bahrain;
Bangladesh;Barbados;Belarus;Belgium;Belize;Benin;Bermuda;Bhutan;Bolivia;Bosnia and Herzegovina;Botswana;Brazil;
British Virgin Islands;Brunei;Bulgaria;Burkina Faso;Burundi;Cambodia;Cameroon;Canada;Cape Verde;Cayman Islands;
Central African Republic;Chile;China;Colombia;Costa Rica;Croatia;Cuba;Curaçao;Cyprus;Czech Republic;Czechia;Denmark;
Djibouti;Dominican Republic;Ecuador;Egypt;El Salvador;England;Eritrea;Estonia;Ethiopia;Fiji;Finland;France;Gabon;Gambia;
Germany;Ghana;Gibraltar;Great Britain;Greece;Greenland;Grenada;Guatemala;Guernsey;Guinea;Guyana;Haiti;Honduras;Hong Kong;
Hungary;Iceland;India;Indonesia;Iran;Iraq;Ireland;Isle of Man;Israel;Italy;Ivory Coast;Jamaica;Japan;Jersey;Kazakhstan;
Kenya;Kosovo;Kuwait;Kyrgyzstan;Laos;Latvia;Lebanon;Lesotho;Liberia;Libya;Liechtenstein;Lithuania;Luxembourg;Macao;Macau;
Madagascar;Malawi;Malaysia;Maldives;Malta;Marshall Islands;Mauritania;Mauritius;Mexico;Moldova;Monaco;Mongolia;Montenegro;
Morocco;Mozambique;Myanmar;Namibia;Nepal;Netherlands;New Zealand;Nicaragua;Nigeria;North Korea;North Macedonia;
Northern Ireland;Norway;Oman;Pakistan;Palestine;Panama;Papua New Guinea;Paraguay;Peru;Philippines;Poland;Portugal;
Puerto Rico;Qatar;Romania;Russia;Russian Federation;Rwanda;Samoa;San Marino;Saudi Arabia;Scotland;Senegal;Serbia;
Seychelles;Sierra Leone;Singapore;Slovakia;Slovenia;Somalia;South Africa;South Korea;Spain;Sri Lanka;Sudan;Suriname;
Sweden;Switzerland;Syria;Taiwan;Tajikistan;Tanzania;Thailand;Togo;Trinidad and Tobago;Tunisia;Turkey;Turkmenistan;Uganda;
Ukraine;United Arab Emirates;United Kingdom;United States;United States of America;U.S.A.;USA;Uruguay;Uzbekistan;
Vatican City;Venezuela;Vietnam;Wales;Yemen;Zambia;Zimbabwe;European Union;British West Indies;West Indies;Europe;Africa;
Asia;North America;South America;Latin America;Deutschland;Österreich;Schweiz;Frankreich;Italien;Spanien;Niederlande;
Belgien;Polen;Vereinigtes Königreich;Vereinigte Staaten;Europäische Union;Großbritannien;Allemagne;Autriche;Suisse;
Belgique;Pays-Bas;Pologne;Espagne;Italie;Royaume-Uni;États-Unis;Nederland;België;Duitsland;Frankrijk;Polska;Niemcy;
Francja;Wielka Brytania;Stany Zjednoczone;España;Italia;Suomi;Sverige;Norge;Danmark;Česká republika"""

_REGIONS = """Alabama;Alaska;Arizona;Arkansas;California;Colorado;Connecticut;Delaware;Florida;Georgia;Hawaii;Idaho;
Illinois;Indiana;Iowa;Kansas;Kentucky;Louisiana;Maine;Maryland;Massachusetts;Michigan;Minnesota;Mississippi;Missouri;
Montana;Nebraska;Nevada;New Hampshire;New Jersey;New Mexico;New York;North Carolina;North Dakota;Ohio;Oklahoma;Oregon;
Pennsylvania;Rhode Island;South Carolina;South Dakota;Tennessee;Texas;Utah;Vermont;Virginia;Washington;West Virginia;
Wisconsin;Wyoming;District of Columbia;Ontario;Quebec;Québec;British Columbia;Alberta;Manitoba;Saskatchewan;Nova Scotia;
New South Wales;Queensland;Victoria;Western Australia;South Australia;Tasmania;Bavaria;Bayern;Baden-Württemberg;
Brandenburg;Hessen;Hesse;Niedersachsen;Lower Saxony;Nordrhein-Westfalen;North Rhine-Westphalia;Rheinland-Pfalz;Saarland;
Sachsen;Saxony;Sachsen-Anhalt;Schleswig-Holstein;Thüringen;Thuringia;Mecklenburg-Vorpommern;Tirol;Steiermark;Kärnten;
Salzburg;Île-de-France;Bretagne;Normandie;Provence;Alsace;Catalonia;Andalusia;Lombardy;Tuscany;Sicily;Flanders;Wallonia;
Silesia;Mazowieckie;Selangor;Johor;Penang;Guangdong;Sichuan;Tortola;Grand Cayman;Siberia;Crimea;Long Island;Manhattan;
Brooklyn;Silicon Valley"""

_CITIES = """Amsterdam;Ankara;Antwerp;Athens;Atlanta;Auckland;Augsburg;Austin;Baghdad;Baltimore;Bangalore;Bangkok;
Barcelona;Basel;Beijing;Beirut;Belfast;Belgrade;Berlin;Bern;Bielefeld;Birmingham;Bochum;Bonn;Bordeaux;Boston;Bratislava;
Bremen;Brisbane;Bristol;Brussels;Bruxelles;Bucharest;Budapest;Buenos Aires;Buffalo;Cairo;Calcutta;Cambridge;Canberra;
Cape Town;Caracas;Casablanca;Charlotte;Chennai;Chicago;Cincinnati;Cleveland;Cologne;Copenhagen;Dallas;Damascus;Delhi;
Denver;Detroit;Dortmund;Dresden;Dubai;Dublin;Duisburg;Düsseldorf;Edinburgh;Eindhoven;Essen;Florence;Frankfurt;
Frankfurt am Main;Freiburg;Gdańsk;Geneva;Genève;Genoa;Ghent;Glasgow;Graz;Groningen;Guangzhou;Hamburg;Hannover;Hanoi;
Heidelberg;Helsinki;Ho Chi Minh City;Houston;Indianapolis;Innsbruck;Istanbul;Jakarta;Jerusalem;Johannesburg;Johor Bahru;
Karachi;Karlsruhe;Katowice;Kiel;Kiev;Köln;Kraków;Kuala Lumpur;Kyiv;Lagos;Las Vegas;Lausanne;Leeds;Leipzig;Lille;Lima;Linz;
Lisbon;Liverpool;Ljubljana;London;Los Angeles;Luzern;Lyon;Madrid;Mainz;Manchester;Manila;Mannheim;Marseille;Melbourne;
Memphis;Mexico City;Miami;Milan;Milano;Milwaukee;Minneapolis;Minsk;Montreal;Montréal;Moscow;Mumbai;Munich;München;Münster;
Nairobi;Nantes;Naples;New Delhi;New Orleans;New York City;Newark;Nice;Nuremberg;Nürnberg;Oakland;Orlando;Osaka;Oslo;
Ottawa;Oxford;Palermo;Palo Alto;Paris;Philadelphia;Phoenix;Pittsburgh;Porto;Poznań;Prague;Pretoria;Richmond;Riga;
Rio de Janeiro;Riyadh;Roma;Rome;Rotterdam;Sacramento;Saint Petersburg;Salt Lake City;San Antonio;San Diego;San Francisco;
San Jose;Santiago;São Paulo;Sarajevo;Seattle;Seoul;Shanghai;Shenzhen;Sofia;Stockholm;Strasbourg;Stuttgart;Sydney;Taipei;
Tallinn;Tampa;Tehran;Tel Aviv;The Hague;Den Haag;Tokyo;Toronto;Toulouse;Tripoli;Tunis;Turin;Utrecht;Valencia;Vancouver;
Venice;Vienna;Vilnius;Warsaw;Warszawa;Washington, D.C.;Wellington;Wien;Wiesbaden;Wrocław;Wuppertal;Würzburg;Zagreb;Zürich;
Zurich"""


def _listed(text: str) -> frozenset[str]:
    return frozenset(" ".join(name.split()) for name in text.split(";"))


COUNTRIES, REGIONS, CITIES = _listed(_COUNTRIES), _listed(_REGIONS), _listed(_CITIES)
PLACE_NAMES = COUNTRIES | REGIONS | CITIES

STATE_CODES = frozenset(
    """AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD
    TN TX UT VT VA WA WV WI WY DC""".split()  # noqa: SIM905
)
"""What stands for a state between a city and its ZIP code."""
