/* SPDX-License-Identifier: Apache-2.0 */
/* Status words of cards: what they mean for people and for the program (ETSI TS 102 221 10.2, TS 31.102 7.3). */
#include "port/usim/card.h"

static const struct {
  uint16_t sw;
  const char *text;
} words[] = {
  { 0x0000, "The card has not answered yet." },
  { 0x6200, "The card gives no information; its memory is unchanged." },
  { 0x6281, "Part of the data that the card returned may be damaged." },
  { 0x6282, "The file or record on the card is shorter than what was asked." },
  { 0x6283, "The selected file or application of the card is deactivated." },
  { 0x6285, "The selected file of the card has been terminated." },
  { 0x6300, "The PIN is wrong, or the card changed its memory with a warning." },
  { 0x6400, "The card could not carry out the command; nothing was changed." },
  { 0x6500, "The card could not carry out the command; something may have been changed." },
  { 0x6581, "The card could not write its memory." },
  { 0x6700, "The command has a length that the card does not accept." },
  { 0x6800, "The card does not support this kind of command." },
  { 0x6881, "The card does not support logical channels." },
  { 0x6882, "The card does not support secure messaging." },
  { 0x6900, "The card does not allow this command." },
  { 0x6981, "The command does not fit the kind of file that is selected." },
  { 0x6982, "The card wants its PIN first." },
  { 0x6983, "The PIN is blocked: the card needs its PUK." },
  { 0x6984, "The PIN is disabled, or what was named is no longer valid." },
  { 0x6985, "The card does not allow this now: no application is selected, or it is busy." },
  { 0x6986, "No file of the card is selected." },
  { 0x6989, "The card refuses commands that are not protected." },
  { 0x6A80, "The data of the command is wrong." },
  { 0x6A81, "The card does not support this function." },
  { 0x6A82, "The file or application is not on the card." },
  { 0x6A83, "The record is not in the file." },
  { 0x6A84, "The card has no room left." },
  { 0x6A86, "The parameters of the command are wrong." },
  { 0x6A87, "Length and parameters of the command contradict each other." },
  { 0x6A88, "The card does not have the key or data that was named." },
  { 0x6B00, "The parameters of the command are wrong." },
  { 0x6D00, "The card does not know this command." },
  { 0x6E00, "The card does not know this class of commands." },
  { 0x6F00, "The card has a technical problem." },
  { 0x9000, "Done." },
  { 0x9300, "The card's toolkit is busy; try again." },
  { 0x9850, "The card's counter has reached its end." },
  { 0x9862, "The card did not accept the network's authentication: its code is wrong." },
  { 0x9863, "The card's security session or association has expired." },
  { 0x9864, "The card does not support this kind of authentication." },
  { 0x9865, "The key from the network is not fresh." },
  { 0x9866, "The card has no room for the authentication." },
  { 0x9867, "The card has no room for the broadcast key." },
};

static const char *range_text(uint8_t sw1, uint8_t sw2)
{
  if (sw1 == 0x63 && (sw2 & 0xf0) == 0xc0) {
    return sw2 == 0xc0 ? "The PIN is wrong and is blocked now: the card needs its PUK."
                       : "The PIN is wrong or was not shown; tries are left.";
  }
  switch (sw1) {
  case 0x61: return "Done; the card holds an answer that was not fetched.";
  case 0x62: return "Done with a warning; the card's memory is unchanged.";
  case 0x63: return "Done with a warning; the card's memory was changed.";
  case 0x64:
  case 0x65: return "The card could not carry out the command.";
  case 0x67: return "The command has a length that the card does not accept.";
  case 0x68: return "The card does not support this kind of command.";
  case 0x69: return "The card does not allow this command.";
  case 0x6a:
  case 0x6b: return "The parameters of the command are wrong.";
  case 0x6c: return "The card wants the command with another length.";
  case 0x6d: return "The card does not know this command.";
  case 0x6e: return "The card does not know this class of commands.";
  case 0x6f: return "The card has a technical problem.";
  case 0x91: return "Done; the card has something for the telephone to do.";
  case 0x92: return "The card could not write its memory at once.";
  case 0x9f: return "Done; the card holds an answer for an old telephone.";
  case 0x98: return "The card refused for reasons of security.";
  default: return "The card answered with a code that no standard names.";
  }
}

const char *imstls_usim_status_text(uint16_t sw)
{
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    if (words[i].sw == sw)
      return words[i].text;
  }
  return range_text((uint8_t)(sw >> 8), (uint8_t)sw);
}

int imstls_i_sw_error(uint16_t sw)
{
  /* 91xx: done, and the toolkit has a command waiting, which is the telephone's business (TS 102 221 10.2.1.1). */
  if (sw == 0x9000 || sw >> 8 == 0x91 || sw == 0x6282)
    return IMSTLS_OK;
  if (sw >> 4 == 0x63c)
    return IMSTLS_ERR_USIM_PIN;
  switch (sw) {
  case 0x6982:
  case 0x6983:
  case 0x6984: return IMSTLS_ERR_USIM_PIN;
  case 0x6283:
  case 0x6a82:
  case 0x6a83:
  case 0x6a88: return IMSTLS_ERR_USIM_APP;
  default: return IMSTLS_ERR_USIM;
  }
}
