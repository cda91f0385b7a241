"""The words that make a name one of an organization or a person: data."""

HEADS = frozenset(
    """bank banks association associations authority board commission university institute institution committee ministry center
    centre fund foundation society agency council union partnership partners associates corps bureau hospital school college
    federation department administration laboratory laboratories technologies technology industries airlines insurance journal
    trust exchange treasury congress senate parliament court courts tribunal museum church police office times post press
    bundesbank sparkasse volksbank verlag verein verband stiftung universitat hochschule ministerium amt gericht krankenkasse
    versicherung genossenschaft kammer behorde
    banque societe ministere mairie universite assurance prefecture tribunal
    stichting gemeente vereniging ministerie universiteit rechtbank
    fundacja urzad ministerstwo uniwersytet spolka sad""".split()  # noqa: SIM905
)
"""What an organization is, folded; one of them ends or opens its name."""

ROLES = frozenset(
    """lender lenders borrower borrowers bank agent agents issuer company companies party parties buyer seller landlord tenant
    lessor lessee licensor licensee guarantor guarantors trustee trustees holder holders owner owners customer client supplier
    vendor contractor subcontractor employer employee assignor assignee beneficiary grantor grantee mortgagor mortgagee debtor
    creditor creditors purchaser provider recipient consultant director directors officer officers president chairman secretary
    treasurer manager partner partners shareholder shareholders member members person persons affiliate affiliates subsidiary
    subsidiaries board committee court paying remarketing administrative collateral
    vermieter mieter kaufer verkaufer auftraggeber auftragnehmer darlehensgeber darlehensnehmer arbeitgeber arbeitnehmer
    bailleur preneur vendeur acheteur preteur emprunteur verhuurder huurder koper verkoper kredytodawca kredytobiorca
    agreement agreements contract contracts loan loans note notes bond bonds section sections article articles schedule schedules
    exhibit exhibits annex appendix amendment date dates event events default term terms period rate interest security documents
    document account accounts amount property properties law laws act code state states county city republic kingdom
    street road avenue lane drive square boulevard suite floor box page chapter part title table contents
    general partnership corporation limited liability executive chief financial operating vice senior
    sir madam dear
    hundred thousand million billion dollars euros percent
    mr mrs ms miss dr prof monday tuesday wednesday thursday friday saturday sunday
    january february march april may june july august september october november december
    attn attention esq witness whereof signature signed name address telephone tel fax email
    english chinese german french dutch polish american british european""".split()  # noqa: SIM905
)
"""What is no name by itself, although contracts write it with a capital, folded."""

TITLES = frozenset(
    """mr mrs ms miss dr prof professor sir lady lord captain capt general gen colonel col major lieutenant lt sergeant sgt judge
    justice senator president chancellor minister inspector doctor rev reverend father sister
    herr herrn frau monsieur madame m mme mlle meneer mevrouw dhr mevr pan pani""".split()  # noqa: SIM905
)
"""What stands before the name of a person, folded."""

FIRST_NAMES = frozenset(
    """adam agnieszka alexander alexandra alfred alice andrea andreas andrew angela anja anke anna anne annette antoine anton
    arthur barbara bart beata beate ben bernd bernhard birgit bram brigitte camille carl caroline catherine charles
    charlotte chloe christa christian christina christine christoph claire claudia claus clemens daan daniel daniela david
    denis dieter dirk dominik dorothea edward elena elisabeth elizabeth ella emil emily emma eric erich erik ernst eva ewa
    felix florian francois frank frans franz frederic friedrich fritz gabriele george gerd gerhard gert grace gregor
    grzegorz guillaume gunter hanna hannah hans harald harry heidi heike heinrich heinz helen helga helmut hendrik henri
    henry herbert hermann holger horst hubert hugo ian ines ingo ingrid irene isabelle jacob jacques jakob james jan jane
    janina jean jennifer jens jessica joachim jochen johann johanna johannes john jonas jonathan jorg josef joseph julia
    julian julie jurgen karin karl karsten katarzyna katharina kathrin katja kees kerstin kevin klaus konrad kurt lars
    laura lea lena leo leon lisa louis louise lucas lucie ludwig lukas lutz magdalena malgorzata manfred manuel marc
    marcel marco marek margaret margarete maria marie mario marion mark markus marta martin martina mary mathias matthew
    matthias max maximilian melanie michael michal michel michelle monika monique nadine nathalie nicole niels nina
    norbert olaf oliver olivier otto patrick paul pauline peter petra philip philipp philippe pierre pieter piotr rainer
    ralf rebecca regina reinhard renate richard robert roland rolf rudolf sabine sandra sara sarah sebastian silke simon
    sofia sophie stefan stefanie stephan stephanie susan susanne sven sylvia tanja thea theo thomas thorsten tim tobias
    tom tomasz torsten ulrich ulrike ursula ute uwe valerie vera verena veronika victor vincent volker walter waltraud
    werner wilhelm willem william wim wojciech wolfgang yves yvonne""".split()  # noqa: SIM905
)
"""Common first names in the five languages, folded. Where all nouns have capitals, a name needs one of them."""
