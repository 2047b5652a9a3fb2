/* SPDX-License-Identifier: Apache-2.0 */
/* Known answers for access/, copied from test/vectors.json: groups `certs`, `digest_published` (RFC 2617 3.5, RFC 7616
 * 3.9.1), `end_to_end` and `nonce_edge`. Octets are hex. */
#ifndef TEST_ACCESS_VECTORS_H
#define TEST_ACCESS_VECTORS_H

#include <stddef.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
/* clang-format off */

typedef struct vec_cert {
  const char *name, *der, *end_point;
} vec_cert;

static const vec_cert vec_certs[] = {
  { "pcscf-ec",
    "3082015e30820104a003020102020101300a06082a8648ce3d040302301d311b301906035504030c1270637363662e766973"
    "69746564312e6e6574301e170d3230303130313030303030305a170d3439313233313233353935395a301d311b3019060355"
    "04030c1270637363662e76697369746564312e6e65743059301306072a8648ce3d020106082a8648ce3d0301070342000403"
    "02a7cc0215a687d9f459cb427f2b999b79fadbdfc346bbc89af1a19d96667fb15b72b4e5f7c7e60bf705d906096774fa9752"
    "8b962ba8df04274448d56b6183a335303330120603551d130101ff040830060101ff020100301d0603551d11041630148212"
    "70637363662e76697369746564312e6e6574300a06082a8648ce3d04030203480030450220495c2f558c084102e57d26c0ad"
    "bf56f913fa591a9ba8a4117f19a8228b06a405022100bfb48a70ef16f3b02c7196e2cca30903b91b25a9388a8e390be5fab8"
    "88436844",
    "6153bccac13b7b5f51c3e3415d919f63ab46e85c7963fd9ab9751d4f9f3d0a3b" },
  { "mitm-ec",
    "3082015f30820104a003020102020101300a06082a8648ce3d040302301d311b301906035504030c1270637363662e766973"
    "69746564312e6e6574301e170d3230303130313030303030305a170d3439313233313233353935395a301d311b3019060355"
    "04030c1270637363662e76697369746564312e6e65743059301306072a8648ce3d020106082a8648ce3d0301070342000495"
    "ace8b21d26bf2dcdf515abaf85792bdfff09506ef6200bb94c14252dce62642f351ecd3732e40e52547fc90a6d75a771a42b"
    "37eb9b2404f5b536c54b2fb237a335303330120603551d130101ff040830060101ff020100301d0603551d11041630148212"
    "70637363662e76697369746564312e6e6574300a06082a8648ce3d0403020349003046022100ae657d21150c7546c4d463ac"
    "5f231ffa8f2b549541b087f29d7e6b11c159abaa02210084058f0482f4b3d4750ecdcbd3c3305d5069c71481d26c110c128f"
    "20d17e8e70",
    "a3ee87370e908051e8cbe2cfb325ecfeb522994ebc860b87117b1d4360a806c9" },
  { "pcscf-rsa",
    "308202ea308201d2a003020102020102300d06092a864886f70d01010b0500301d311b301906035504030c1270637363662e"
    "76697369746564312e6e6574301e170d3230303130313030303030305a170d3439313233313233353935395a301d311b3019"
    "06035504030c1270637363662e76697369746564312e6e657430820122300d06092a864886f70d01010105000382010f0030"
    "82010a0282010100c9120b202b3eb324d41a9b800beb47646413f50ca05891267fb4cf103a2db3605a3c8b95a4686d47a7ea"
    "81c22cd2637b81da1692206ebd995060bb87f5dc0fdda56c99763a55fbe7fa08cc711387c68d2cf3273a4a283ad5053a5137"
    "73ffa5d110160e6a04522eea21f106b0fa0bc0adf7ad7285a07b96fc2bd42ac1ca9f08ac00d8be2170995df834c2a6159316"
    "9d9bc8e7a032fb04e8414257829261333069d649f22ef2c237ef55faa11e503b9c4e2216b1518baea0d47b7689880d4f18a3"
    "6e458ec26fbccc7143ad6ee758ce05bcf7edf905893fbeb710215b2a5ca61b471c5ec120e2f1c870f5844487ebe02e9e1e5b"
    "1d48aa2f2bacc6ea7e364049c0310203010001a335303330120603551d130101ff040830060101ff020100301d0603551d11"
    "04163014821270637363662e76697369746564312e6e6574300d06092a864886f70d01010b05000382010100195fac905233"
    "90c4d415c7760f8690219846d2bbbc6246bec97a54582a37be8230e4bddb594f9d04f8c31f7250c0b20223481bb99d665f9c"
    "c9499b6328fe772ac225237152e7a5c9ff7eeb28301866f635325763105537d090e81148d333c56d7e8afd487056ef6c0ab0"
    "66f0c3792c351e13144c7803d8cc3a607d390857f79857ceee3805d59dd9957750ed3c2e82dff3c27bb3d460dc72289da21f"
    "0fda6ede97d96066be9cb3319249901a68d14fda7a512aa38aa845596d1f219616702760bdd0390e56ce4c067af3fba463e5"
    "9980abb6ca65fcdb23942e99ae97f3c48df96cc8fc4c0c07d8ec8bf90e043f3f82b0f671efb7f683a0c60be529b7937bfadb",
    "2a208bf5bd302e30bb1c8609efb27d04915d0c3ee5c9fcc23d342ac018a4f707" },
  { "pcscf-ec384",
    "3082019b30820121a003020102020103300a06082a8648ce3d040303301d311b301906035504030c1270637363662e766973"
    "69746564312e6e6574301e170d3230303130313030303030305a170d3439313233313233353935395a301d311b3019060355"
    "04030c1270637363662e76697369746564312e6e65743076301006072a8648ce3d020106052b810400220362000434a8396e"
    "68972996d8ba11381e0adc06012049a597545097f7a55a11452579e987fd53eab05eba5ba7a13d361128d8e9f4b89f8eea27"
    "20ffa779bd0a25a0a456f492d22d1fba9f07b589b36cd38ac3058341166b310b4520a993d9ccb1722abda335303330120603"
    "551d130101ff040830060101ff020100301d0603551d1104163014821270637363662e76697369746564312e6e6574300a06"
    "082a8648ce3d0403030368003065023100ece5a125f4469c6a636e949276ebf5713e28c2be9735620565ee858ffa55002e8e"
    "566f8dad95426d8fb504630cc2e1400230394a40fe87ab81f77b93d9733f09582297384faaac9ff14cf3aeb3bc5e154590ea"
    "5c5893cd2ea951545dbc1f0ba2af36",
    "9ea2ff60cc87181a54704789c827f3d3bcd389027b46905b12ca3a4949b2e0d193bd852e1a8c1ad9b69870682fd51a4c" },
};

typedef struct vec_published {
  const char *algorithm, *username, *realm, *password, *method, *uri, *nonce, *qop, *nc, *cnonce, *ha1, *response;
} vec_published;

static const vec_published vec_publisheds[] = {
  { "MD5",
    "Mufasa",
    "testrealm@host.com",
    "Circle Of Life",
    "GET",
    "/dir/index.html",
    "dcd98b7102dd2f0e8b11d0f600bfb0c093",
    "auth",
    "00000001",
    "0a4f113b",
    "939e7578ed9e3c518a452acee763bce9",
    "6629fae49393a05397450978507c4ef1" },
  { "MD5",
    "Mufasa",
    "http-auth@example.org",
    "Circle of Life",
    "GET",
    "/dir/index.html",
    "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    "auth",
    "00000001",
    "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    "3d78807defe7de2157e2b0b6573a855f",
    "8ca523f5e9506fed4657c9700eebdbec" },
  { "SHA-256",
    "Mufasa",
    "http-auth@example.org",
    "Circle of Life",
    "GET",
    "/dir/index.html",
    "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    "auth",
    "00000001",
    "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232",
    "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1" },
};

typedef struct vec_token {
  const char *cert, *key, *s_token, *c_token;
} vec_token;

typedef struct vec_case {
  const char *name, *rand, *autn, *res, *ck, *ik, *nonce;
  const char *password_md5, *ik_md5, *ck_md5, *password_sha256, *ik_sha256, *ck_sha256;
  const char *auts, *auts_b64, *sync_md5, *sync_md5_auth, *sync_sha256, *sync_sha256_auth;
  const char *mac_failure_nonce;
  vec_token token[3]; /* IK over two certificates, IK' of AKAv2-MD5 */
  const char *esp_md5, *esp_sha1, *esp_aes, *esp_3des;
  const char *exporter, *s_token2_exporter, *c_token2_exporter, *end_point, *s_token2_end_point, *c_token2_end_point;
} vec_case;

/* Of every case: */
#define VEC_USERNAME "001010000000001@ims.mnc001.mcc001.3gppnetwork.org"
#define VEC_REALM "ims.mnc001.mcc001.3gppnetwork.org"
#define VEC_URI "sip:ims.mnc001.mcc001.3gppnetwork.org"
#define VEC_METHOD "REGISTER"
#define VEC_CNONCE "0a4f113b0a4f113b"
#define VEC_NC "00000001"
#define VEC_BODY ""
#define VEC_SNI "pcscf.visited1.net"

static const vec_case vec_cases[] = {
  { "basic",
    "23553cbe9637a89d218ae64dae47bf35",
    "aa689c6483508000904cbb451b65def8",
    "a54211d5e3ba50bf",
    "b40ba9a3c58b2a05bbf0d987b21bf8cb",
    "f769bcd751044604127672711c6d3441",
    "I1U8vpY3qJ0hiuZNrke/NaponGSDUIAAkEy7RRtl3vg=",
    "shzt3q8CWaZnCAWqs3WmEQ==",
    "81905d9d7ab8cce8b7884d599d5e6a18",
    "235bedbfc6b418b8f04a63a41d31ac62",
    "wpC+5dv/7kC35JEI2hluv8XcBd+vf8XcfedJBan1buk=",
    "fbbd06c4ea1844248c6d869814d6b085a9a7d4c6bd39638d234ec121c3ed8a33",
    "45978111aa3b52e1061925b0baa1b8b672095ef33ad1101f6178b0001e69fc3b",
    "451e8beca03b87423afbed548cbd",
    "RR6L7KA7h0I6++1UjL0=",
    "38a194de5dbb7092d5466d3d0f23b563",
    "4f010069fd7d10353738dce5f6d2b3bc",
    "dbf8cbc7c65709cf27ab190ebe2c82daaa309a75ed189e092d65f1685ab427cc",
    "195c39a5b29551c5809dbf8e2f4a5e1dc0eed5f243189f1f7f134eb46ac421f0",
    "I1U8vpY3qJ0hiuZNrke/NaponGSDUIAAkEy7RRtl3vk=",
    { { "pcscf-ec", "f769bcd751044604127672711c6d3441", "65b4a3192050ff81f9bed17c", "bc4358007da67222eccb8163" },
      { "mitm-ec", "f769bcd751044604127672711c6d3441", "d391789778c3ea33f39d6762", "68d54090fc0c8dc9d67aa88b" },
      { "pcscf-ec", "81905d9d7ab8cce8b7884d599d5e6a18", "52550e537bfcc3779c6c7c5e", "fe361528afb9d9c4c799d0a8" } },
    "f769bcd751044604127672711c6d3441",
    "f769bcd751044604127672711c6d344100000000",
    "b40ba9a3c58b2a05bbf0d987b21bf8cb",
    "b40ba9a3c58b2a05bbf0d987b21bf8cbb40ba9a3c58b2a05",
    "441856265e3b8ef4eeb6152114a37080772aaa33aabc9f7af6457d4aaafec505",
    "652c00fb5183cbc3a71abd9c4d51b290",
    "2bf32f5e4b15deb04d861fd3a5119e53",
    "6153bccac13b7b5f51c3e3415d919f63ab46e85c7963fd9ab9751d4f9f3d0a3b",
    "5e7b5d1929dfbacc51deda8fba3ed1a3",
    "b9b5720c36ff6896a34c86ccd7667794" },
  { "res_with_nul_and_colon",
    "704b8bc60954371b88612e3fc557a75f",
    "62944fe0b115800010141bfe7cb27e5b",
    "00a50a7e3d373a94",
    "0fd71075ebb1308f7d10d408c879d87f",
    "edf920443f1b9b56c40c9389d947a3c2",
    "cEuLxglUNxuIYS4/xVenX2KUT+CxFYAAEBQb/nyyfls=",
    "9tFIfUTREToxDdCQk7uhRw==",
    "d7ed4a875121d5fa94c4eeaa3420d435",
    "e30f453d7d10e15e4755418afff55a68",
    "zJqaoxgNRXClrKluH5ABh2j2gzGprgflcBS2fNt8fvg=",
    "c34bbb9d3e17e61ba0ba26c9b711e717313897aecee54238d1c82b5f362245e6",
    "6f8f7a148a0bcc38c84581d0de0ba953e5b0a6f66ae4f2e92a998563006051ff",
    "aea8512900d106ee3caaa03e120e",
    "rqhRKQDRBu48qqA+Eg4=",
    "6143bbb4acc41d2672c1fc20e67f7c76",
    "1c93a7c06c7ae623ff2927df42212d4a",
    "983fd87faa287ef4c9655e30aca0535e7c24d018cab35346ea41c4424daf73ef",
    "ee3948b463a751e50ae02fbd87b0712f8dc3a67c351db6ce07de17806c9f222f",
    "cEuLxglUNxuIYS4/xVenX2KUT+CxFYAAEBQb/nyyflo=",
    { { "pcscf-ec", "edf920443f1b9b56c40c9389d947a3c2", "44ab232abefb79bf733f9c89", "973e16bf01e3fa45e2bc30b5" },
      { "mitm-ec", "edf920443f1b9b56c40c9389d947a3c2", "ef2c9d078ce9c64fdea20a1f", "7e84c191e400e1187e1db4e9" },
      { "pcscf-ec", "d7ed4a875121d5fa94c4eeaa3420d435", "54bc800dcbb0f2a5f1455373", "c325c6071e212ca8a2bb6ff3" } },
    "edf920443f1b9b56c40c9389d947a3c2",
    "edf920443f1b9b56c40c9389d947a3c200000000",
    "0fd71075ebb1308f7d10d408c879d87f",
    "0fd71075ebb1308f7d10d408c879d87f0fd71075ebb1308f",
    "441856265e3b8ef4eeb6152114a37080772aaa33aabc9f7af6457d4aaafec505",
    "d75bd352c8a15648e49782a12be1e42c",
    "821b24c8c848758b7bd208d020c81688",
    "6153bccac13b7b5f51c3e3415d919f63ab46e85c7963fd9ab9751d4f9f3d0a3b",
    "95e6282482f8057a76a97ce30921ce4b",
    "1d21e6d748e2a2ff834b5963e0cc7c78" },
  { "nonce_with_server_data",
    "9f7c8d021accf4db213ccff0c7f71a6a",
    "55efcd438f9a0000e5ebc77fca0487db",
    "7d3a57209193201d",
    "b41f4f3fae6be7aa5692a4aff3b83783",
    "35d493df8c2e34b5608d4122245a98ec",
    "n3yNAhrM9NshPM/wx/caalXvzUOPmgAA5evHf8oEh9tzcnYtZGF0YSE=",
    "mlp7fUDTkYVMrFmm5p7lcA==",
    "de4eda99e3568c941fe9ba319257f43f",
    "f157d5cff51912a954834521930b95aa",
    "TMh5LI8MlMPquOAP4ivz/ad46e5q+QKdHpctJmMZD/Q=",
    "936b9b661ee285c309b6c5d3c4586bce75fca24be367e74f02d46ac7aaf3516d",
    "623945b58e2ee88cc6515e46eb46b920c71cd6de5293fab54cddaa9a258d33ae",
    "319823fd81473e94dc26b3b3faac",
    "MZgj/YFHPpTcJrOz+qw=",
    "650b58207cd51ea3c505576f96d0fa60",
    "4b57619276a734f1c08123cd5db13753",
    "c4e2cc8044ecb3ffc4ec47338dec870c3ddb96c575aeaf65fb39288fafa26b88",
    "4f2b68389b42de9b2a262a0b05acaf099c0e067f1080ffa698cf392841a002c6",
    "n3yNAhrM9NshPM/wx/caalXvzUOPmgAA5evHf8oEh9pzcnYtZGF0YSE=",
    { { "pcscf-ec", "35d493df8c2e34b5608d4122245a98ec", "e663e3025216a88098d9bf2a", "e2891731731bf36490fa389b" },
      { "mitm-ec", "35d493df8c2e34b5608d4122245a98ec", "c8ff0430e68622777b392e31", "4625b6bac20b2c82b92d128d" },
      { "pcscf-ec", "de4eda99e3568c941fe9ba319257f43f", "fe642a75cac6411d880cda35", "da4935a0368325d3a084a24d" } },
    "35d493df8c2e34b5608d4122245a98ec",
    "35d493df8c2e34b5608d4122245a98ec00000000",
    "b41f4f3fae6be7aa5692a4aff3b83783",
    "b41f4f3fae6be7aa5692a4aff3b83783b41f4f3fae6be7aa",
    "441856265e3b8ef4eeb6152114a37080772aaa33aabc9f7af6457d4aaafec505",
    "02865ce7317845ffc647aaa20da220e1",
    "ddad91db4c18a93e9cbef551ec9833d5",
    "6153bccac13b7b5f51c3e3415d919f63ab46e85c7963fd9ab9751d4f9f3d0a3b",
    "0c7ddfed16b15a6a7863a7084b3a58c9",
    "74e999050ac29a6f91c25840c1ed69fd" },
};

typedef struct vec_digest {
  size_t row; /* of vec_cases */
  const char *algorithm, *qop, *ha1, *response, *rspauth; /* rspauth may be NULL */
} vec_digest;

static const vec_digest vec_digests[] = {
  { 0, "AKAv1-MD5", "", "da00069eb0de6587da7e09ef503c29db",
    "1353db31bea94a45308eaac623264256",
    NULL },
  { 0, "AKAv1-MD5", "auth", "da00069eb0de6587da7e09ef503c29db",
    "2d0027ed29865c9e1c52b89d199688ef",
    "d30512b6ff65c26d1dd1cb459524d6cc" },
  { 0, "AKAv1-MD5", "auth-int", "da00069eb0de6587da7e09ef503c29db",
    "ccc69a218c1ffc23462d0acff8868e2f",
    "a73c14833e47218a77d071b9b42845ae" },
  { 0, "AKAv1-MD5-sess", "auth", "dc4ebfda5cf35787ca87701035ac8d5e",
    "1e7fc513af2f8a9b9ebc353a2bd52a6b",
    NULL },
  { 0, "AKAv1-SHA-256", "", "d578d93edf2bfb4159babc228a2e76e8a5f1f76937f81969e62110c9e62805b5",
    "102f488016af979c03f89d54be4a854dd6cf1f4a238b88b2a5e15f9e5848eac5",
    NULL },
  { 0, "AKAv1-SHA-256", "auth", "d578d93edf2bfb4159babc228a2e76e8a5f1f76937f81969e62110c9e62805b5",
    "f421138464f56a96da8e7ecbbe0f52c8c8709e48114da95d123d00cc505d3565",
    "15a049b61d4b78ba81740ba6c612fe556c7cf8664ca4728094a7bd18c7093cf4" },
  { 0, "AKAv1-SHA-256", "auth-int", "d578d93edf2bfb4159babc228a2e76e8a5f1f76937f81969e62110c9e62805b5",
    "d46a27e9b8d8d1592fe7adc234eb3cb4ab4a4df58df186e029645e2e4c00b8a6",
    "8e26ef93f05ffed844a49e10c0c647a0e2819232ba86f761a339118ec0929cab" },
  { 0, "AKAv1-SHA-256-sess", "auth", "aa956efb529f14fdb904a0392c8b9b0d577aeb71d0a5d68688dd1f185645bbf2",
    "938c285a7dfbfd2de432b19cfbce333686d9b496524dbea5108d815c4ec27047",
    NULL },
  { 0, "AKAv1-SHA-512-256", "", "5efa1f2972f2094def30d4865514675405ca60d3b79e8905f9a48c56db9cd276",
    "781d7e19fda8babd208dc4913fc54b0b131fde4a9fe244d7ae42589a93c1a414",
    NULL },
  { 0, "AKAv1-SHA-512-256", "auth", "5efa1f2972f2094def30d4865514675405ca60d3b79e8905f9a48c56db9cd276",
    "8594749c922126961e2561a58cfeed88693006eac68385302e4dd20de0a6530c",
    "776219f268dbd8f2489683e153e5c1f4f0d58db431f1ee3f6f8fe61e8ebef57c" },
  { 0, "AKAv1-SHA-512-256", "auth-int", "5efa1f2972f2094def30d4865514675405ca60d3b79e8905f9a48c56db9cd276",
    "4ffb9cc2e9263ee422da29ede9d27881597b306bfc525d5438a9de4babfb8af2",
    "0ebe45352a436bd10171346ee89a8d393709a30f773b39183c97e18fbf5afa51" },
  { 0, "AKAv2-MD5", "", "5f16eac3c7cb97f22cbfb39ba2210495",
    "279aa90596d66d646582551820eb51f1",
    NULL },
  { 0, "AKAv2-MD5", "auth", "5f16eac3c7cb97f22cbfb39ba2210495",
    "547fb803567c9fdfa9f9b54db83b2cd0",
    "c458622aa78f36fc9544a0c2d7f8c059" },
  { 0, "AKAv2-MD5", "auth-int", "5f16eac3c7cb97f22cbfb39ba2210495",
    "7468191a459877fb1cb35d61f5222865",
    "b7d4dd8cec57a5682c1d48e467f997c0" },
  { 0, "AKAv2-MD5-sess", "auth", "433d389f1700bdc5c083d9e6546dcbf0",
    "080d2ac9185b44743c2639bd777d3a6f",
    NULL },
  { 0, "AKAv2-SHA-256", "", "6781a3ece6c12ae787d79daf9944e2774076a3cccd3cece81cb865c5a610da3b",
    "7f0cc0525788879195619b133529b0251386e75d63d46cc02171beae82078ec2",
    NULL },
  { 0, "AKAv2-SHA-256", "auth", "6781a3ece6c12ae787d79daf9944e2774076a3cccd3cece81cb865c5a610da3b",
    "1b21987a5154c648a37d0e95c5195b934b68f29033266c8222be2fba3605916d",
    "7f090cb41cd6a5802542a24dba709687a9e7778de3ed172aec94ecbc3b3e5904" },
  { 0, "AKAv2-SHA-256", "auth-int", "6781a3ece6c12ae787d79daf9944e2774076a3cccd3cece81cb865c5a610da3b",
    "ae8bb3b99ddf3a9d9d4a9691e5b1dc86fa492f13955113a551c71878050900ee",
    "90d567d70af7b441045c691114f7a9a42202e3804bc50772cd10e1e8529593fa" },
  { 0, "AKAv2-SHA-256-sess", "auth", "2992031b1eefffb84fd3fe18693441503ab5c4841a5b59dbaef43dd99d099d71",
    "e01dbd9d7855a5969c6b4ab63a92bca7ea3e7562cff846af905afc3cb881a194",
    NULL },
  { 0, "AKAv2-SHA-512-256", "", "63ad9eb921586ab98f47827363281245df7c6b4d01a0b7280c2db3ca14489174",
    "2d188a7a77ffa5fdac280c58b4ad3d1d756e30974cf2ac475b0045e6fd12e60d",
    NULL },
  { 0, "AKAv2-SHA-512-256", "auth", "63ad9eb921586ab98f47827363281245df7c6b4d01a0b7280c2db3ca14489174",
    "3ddc3c7b79e71a712b8517005060459a3546b053947551e40060374701ad7a95",
    "b2416a49fad2acb96021498426144767b495d68b7c62b9f74a3d706bd8830633" },
  { 0, "AKAv2-SHA-512-256", "auth-int", "63ad9eb921586ab98f47827363281245df7c6b4d01a0b7280c2db3ca14489174",
    "c3e205a64038ea9a83141e4f34f76568fbdde6ad7c7ddb4210eeea2bc3e70df1",
    "d2b67aa53edcb876c46cfad86ebaae7e2e10abb30440f53f9418c0de951793ff" },
  { 1, "AKAv1-MD5", "", "6aae37ba8b7906aec79ab0b693164e16",
    "e44f043ad754f7b103fc8339486119fc",
    NULL },
  { 1, "AKAv1-MD5", "auth", "6aae37ba8b7906aec79ab0b693164e16",
    "2ca4ac4f7d2357fb5d9ff30c5e045145",
    "066fd303db471a6b2e0e8e841815a758" },
  { 1, "AKAv1-MD5", "auth-int", "6aae37ba8b7906aec79ab0b693164e16",
    "1d73284ae4a591340d725465ef0138d9",
    "72523dd6dc947d6c78d4876cae194b62" },
  { 1, "AKAv1-MD5-sess", "auth", "bbd1133cafb9ed657448bb359637079a",
    "250a86fe3ff97e641a274d94f17eeffd",
    NULL },
  { 1, "AKAv1-SHA-256", "", "fd87fb34c5a1831a7c842e1b9103c0f0e626bc73afb8962f390f39567ca14517",
    "2dc9f1584e7c95815ffd10231401c555e7dcef6a3c5ae631e428cc3230628ad4",
    NULL },
  { 1, "AKAv1-SHA-256", "auth", "fd87fb34c5a1831a7c842e1b9103c0f0e626bc73afb8962f390f39567ca14517",
    "dcf5a20dafc9689e4a76ddea9826f6439a80262969951844985c82d401c419e3",
    "4bd422c2943979850c5293b86632020b034085e56eb5c5f7d2c4026e1da08874" },
  { 1, "AKAv1-SHA-256", "auth-int", "fd87fb34c5a1831a7c842e1b9103c0f0e626bc73afb8962f390f39567ca14517",
    "d01fd948d466abfb1e4686e4e563c87fbbfd8b90f54534274a7538194888b27c",
    "65aec14d06126e15ff418d578c7e4217f351b7b4acf9eb930ac4074e48a829c7" },
  { 1, "AKAv1-SHA-256-sess", "auth", "871542f76a3a7fad97ec9c72323d6af572aefa6ba7ca3f584ec325a3dc3f48d5",
    "4cc4e9ee1d480d5df01a57cb8ee812ff703a0812bd6159a90dc165d088654bfa",
    NULL },
  { 1, "AKAv1-SHA-512-256", "", "32a02d46470011e0e3a55a3515ef17a97ebd61754a63c27c1ec25c72feef84db",
    "cded2a4b575abd58f93c72e7e329ae36b27c922cd8653f09c975186813bfa762",
    NULL },
  { 1, "AKAv1-SHA-512-256", "auth", "32a02d46470011e0e3a55a3515ef17a97ebd61754a63c27c1ec25c72feef84db",
    "a248bc6f9be2c02e74ba87d7641fbcaec3c792b47cc726ffd46cda73a630c486",
    "5f765d25dbc36e9fd4f72a4c29d5bd0a1bd7e807b405e0e9843435c1a653ecfe" },
  { 1, "AKAv1-SHA-512-256", "auth-int", "32a02d46470011e0e3a55a3515ef17a97ebd61754a63c27c1ec25c72feef84db",
    "f75089d076f4647a2c624ae4902e5b9270e339099324da241efb712a6b8f03dc",
    "94ebc80ce00f86efe93ea1ac771005cb921c641ddb5df1d361e543fc3f080f2b" },
  { 1, "AKAv2-MD5", "", "a61d9ecc30ca17fd84ac69fcc8bfb8b9",
    "8036301b47560a3ea5437662a1e911c8",
    NULL },
  { 1, "AKAv2-MD5", "auth", "a61d9ecc30ca17fd84ac69fcc8bfb8b9",
    "086893864f464c7bce5e6764f4ef627c",
    "226224c16ea78f76d417b149baa2ac13" },
  { 1, "AKAv2-MD5", "auth-int", "a61d9ecc30ca17fd84ac69fcc8bfb8b9",
    "25c0ad080ae68d8d2eee61378049e149",
    "9bf941a65159897c22c7c8d868f5bb70" },
  { 1, "AKAv2-MD5-sess", "auth", "5f2eea1471d87f5fea8899e9e4ac5f14",
    "659456e68b8bd91dc0ad2201cceaab5b",
    NULL },
  { 1, "AKAv2-SHA-256", "", "2f1b43dd69f2a205b015a61e7923d75313eae114e9d18a882a9cc0dd46cdabee",
    "8d0d61022078ccf6d4e96822ab48001fb6bf7c8829d44677b5e264eb8d2a4aee",
    NULL },
  { 1, "AKAv2-SHA-256", "auth", "2f1b43dd69f2a205b015a61e7923d75313eae114e9d18a882a9cc0dd46cdabee",
    "bc8ff3482e6c007e08423f70623ab703385b3335dc7e4ab6165d0e2f7e8a94bd",
    "5eeaeebab047cf5dccd91220a9bb358064f9605f8f610b81b25e45d7b6711d71" },
  { 1, "AKAv2-SHA-256", "auth-int", "2f1b43dd69f2a205b015a61e7923d75313eae114e9d18a882a9cc0dd46cdabee",
    "1f5efa5dc35f38547dfecf296f1531a9c639cdf4faa0633474fc4b4fe1d587cc",
    "982e9de7e65179600ca9e046a71f61100a6e82611d97b41f4ed297e59e4eea05" },
  { 1, "AKAv2-SHA-256-sess", "auth", "6b3e6924164464329efd6e377a14b7055f8ee69cef704faf3c9c5ca194ded238",
    "c549d1610009d6dbd13827fc61c7f8899fd982f9411871ae8cdcdfb753db3155",
    NULL },
  { 1, "AKAv2-SHA-512-256", "", "1071e06fb09ca3c01ee516583fe403933f52de79a59311e52e034f5ab6fe9da0",
    "9db839861b926af6ef92a40e1a94de289ed51bb2b67a13e05a08daf475e185e3",
    NULL },
  { 1, "AKAv2-SHA-512-256", "auth", "1071e06fb09ca3c01ee516583fe403933f52de79a59311e52e034f5ab6fe9da0",
    "6cff19cb88270f3e1062250b0383d8f2aef74ed20fc918b315eaa18e4ef31f81",
    "ba686b5585b34ca0cb738b9d148230f284cf96b95339f8ddd3f739e2b6db2636" },
  { 1, "AKAv2-SHA-512-256", "auth-int", "1071e06fb09ca3c01ee516583fe403933f52de79a59311e52e034f5ab6fe9da0",
    "4a8f29f70c033d17427c6968903d4d3614d9c3ea9fb8a83d985be98ccc316bce",
    "e55a240be2b1dd6c1cf9ef637008ad0e98ed4604d6b2c5d17f98b99472c22fac" },
  { 2, "AKAv1-MD5", "", "d164c804ea691ba2e5c98cce34671f6b",
    "f2ac05701b48881e313870a8b727fa37",
    NULL },
  { 2, "AKAv1-MD5", "auth", "d164c804ea691ba2e5c98cce34671f6b",
    "811f482a8f566726194a8bdcd1069424",
    "cbf820e44476666205b93c36e6fee584" },
  { 2, "AKAv1-MD5", "auth-int", "d164c804ea691ba2e5c98cce34671f6b",
    "de50a65b75e1b8fe478395a37c2b7c16",
    "887fc05a123e83daf4e6df55e476f75c" },
  { 2, "AKAv1-MD5-sess", "auth", "44500e06c90a66c695133c8e33936600",
    "76ddf69ccdbe75b435ca3ae116f791be",
    NULL },
  { 2, "AKAv1-SHA-256", "", "856d4eb2cbef48e168b5e83d6ef4cb6390d7d5fb90f4318ab60991578ce03557",
    "67b0a00578c1593e3ed55408b1614508dcd48c63a316085d81588d364f029151",
    NULL },
  { 2, "AKAv1-SHA-256", "auth", "856d4eb2cbef48e168b5e83d6ef4cb6390d7d5fb90f4318ab60991578ce03557",
    "8eca399569edbea08982b031569f39a25e775de2e48b97793e4fbf8ff0d4af6f",
    "8403aa7574e628060bd993d81d032b2fc49a609b05578e14d941e5c730df7bc9" },
  { 2, "AKAv1-SHA-256", "auth-int", "856d4eb2cbef48e168b5e83d6ef4cb6390d7d5fb90f4318ab60991578ce03557",
    "60178ecc097b29d7ab62ae1786e2f9be367d6370e0f1b4d874a285d87561bfc3",
    "37a0391b3df97380bed47a3e7a7b1cf225d59fce8af3a964c5f612e0cdc06f07" },
  { 2, "AKAv1-SHA-256-sess", "auth", "ca32c09fea43041505c8d297e47566a98fc3262b0edd8566de72731a5a5af1d8",
    "26a19d96dbcb9f6e94460522f803649660dfb21db0e894db4abb4eb3cc0fb74e",
    NULL },
  { 2, "AKAv1-SHA-512-256", "", "a56e9a0579861020236ccd2bf72604b80d46bf2c8ff295a67642757be4ba7067",
    "caeb622bd71bfcd7399f827d3b63b5292ef2173a073378a7512cb642a5682f42",
    NULL },
  { 2, "AKAv1-SHA-512-256", "auth", "a56e9a0579861020236ccd2bf72604b80d46bf2c8ff295a67642757be4ba7067",
    "c6e44b040a612ad87473935738d1c2ffee35b9864e03a76e8bd2cb8904702182",
    "c8a1e8a94ab5f7c8188811a9d52291cd27530339d31dfc7f36916df5f829b79b" },
  { 2, "AKAv1-SHA-512-256", "auth-int", "a56e9a0579861020236ccd2bf72604b80d46bf2c8ff295a67642757be4ba7067",
    "5fcf63f903a8f0506c1635c967fca6fc9a96b56f1c2f5caffcd5a7ede5ec856f",
    "55743cf5723abf0aaad1e08ba0ccd373f58cb1aa1b488c555929c565dc8ebafe" },
  { 2, "AKAv2-MD5", "", "639a38c605f0b08de6232c5d637270b7",
    "77d87cc8d49c6ccf90d092d792aa98dc",
    NULL },
  { 2, "AKAv2-MD5", "auth", "639a38c605f0b08de6232c5d637270b7",
    "26e264a4e91da9c3b0698084cb99b17c",
    "636c41a4e10961d85e27dedb1c7579c0" },
  { 2, "AKAv2-MD5", "auth-int", "639a38c605f0b08de6232c5d637270b7",
    "1b377e0bc7b83f9a4c62f94d7d9341a9",
    "c5d1586de1b1daba8ad86d76a8f972ea" },
  { 2, "AKAv2-MD5-sess", "auth", "54de02064af56f2fbfceaf1e0532e243",
    "7746c33df3516d25727c65415af9dd26",
    NULL },
  { 2, "AKAv2-SHA-256", "", "c366763d6febc88e36acf5e6bf557f17e5fe66ff10a4dd0b30f68ff91fc56052",
    "dd186127c0e0dfed9c83447103a20720916dcd457629a20529a50dd887cc7ac7",
    NULL },
  { 2, "AKAv2-SHA-256", "auth", "c366763d6febc88e36acf5e6bf557f17e5fe66ff10a4dd0b30f68ff91fc56052",
    "63de0fb3fa469c7dcdee2c49e845671a9666a903c61474b26f3a2ad4b5838072",
    "975c024e580d596d17f9bc2309929d174dc6c18e4f86467461486251d407fc6e" },
  { 2, "AKAv2-SHA-256", "auth-int", "c366763d6febc88e36acf5e6bf557f17e5fe66ff10a4dd0b30f68ff91fc56052",
    "8ea7dfec81d9f089f2f0be1c25fbce01ae92506d5fd698edb5f0fe05d088a96c",
    "bfeace481ba89aad6280d8e8e7fa4096788cc4bdeaa34c1c62031f59d201bd60" },
  { 2, "AKAv2-SHA-256-sess", "auth", "71ccb435e25439d5215a328b0df7c00ba09e48b339a3057dfa37efc6faf10734",
    "cd79bebb4c745d96f9e2787fccead4299c7fc7ccac67c7767b250cf6a5f1395f",
    NULL },
  { 2, "AKAv2-SHA-512-256", "", "bdb8cd4e688a9fa10a42ee3188076eb283a03eb8405da398378ae5a8bdabd588",
    "865fccf4c0ca031948682226e55c0f3ed15ee69845c30b31798feedd6f6b6780",
    NULL },
  { 2, "AKAv2-SHA-512-256", "auth", "bdb8cd4e688a9fa10a42ee3188076eb283a03eb8405da398378ae5a8bdabd588",
    "13ddb369f777b0e4d74d8ad65404d5fdae71c566437ce2419fd8e72b8cf8a708",
    "e4d0e8c2a874939475b804d093033dbfd0a421296978b55d59a88d11c7f86db5" },
  { 2, "AKAv2-SHA-512-256", "auth-int", "bdb8cd4e688a9fa10a42ee3188076eb283a03eb8405da398378ae5a8bdabd588",
    "84c00039d635841c38f97c90da3c7c4bce129a344bfd66fe8930be3595430f92",
    "283f2d5964d76b5e019998d3b5df8672c2b618004e5f13b6ee5465b2aa4c0a91" },
};

/* good 0: to be refused. The sample of RFC 3310 and its bad padding are refused here. */
typedef struct vec_nonce {
  const char *nonce;
  int good;
} vec_nonce;

static const vec_nonce vec_nonces[] = {
  { "", 0 }, /* reject */
  { "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", 0 }, /* reject: 31 octets */
  { "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 1 }, /* 32 octets, no server data */
  { "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 1 }, /* 32 octets + 1 server octet */
  { "CjPk9mRqNuT25eRkajM09uTl9nM09uTl9nMz5OX25PZz==", 0 }, /* RFC 3310 sample: bad padding */
  { "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 1 }, /* missing padding (43 chars): lenient decode gives 32 octets */
  { "!!!!AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 0 }, /* reject: bad alphabet */
};

/* clang-format on */
#endif
