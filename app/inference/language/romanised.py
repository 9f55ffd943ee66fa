"""Hindi in Latin letters, as half of India types it, told by its most frequent words.

No library that we measured knows it: what it takes it for is spread over twenty languages. Each
person spells it in another way, so words are listed in the spellings that are usual.
"""

from __future__ import annotations

from typing import Final

_POINTS: Final = 5  # in all, and
_POINTS_A_WORD: Final = 0.6
_DISTINCT: Final = 3  # helping words, where no word is telling

# Three points: no words of the other languages with Latin letters that are common there.
_TELLING_WORDS: Final = """
aaj aaja aakar aake aane aap aapka aapke aapki aapko aaramdayak aate aati aaya aaye aayega aayegi
aayenge aayi abhi accha acchi achha achhe achhi achi agle aisa aisi apna apne apni apun aukat aur
baad baaki baap baar baat baatein bachti badalne badhiya badiya badla badle bahot bahut baithe baje
banaya bandhu banta batao bataya batayi bekaar bekar bhaari bhai bhaisahab bhaiya bharne bhej bheja
bheje bheji bhejo bhejte bhi bhut bilkul bohot bole bolta bolte bolti chahie chahiye chal chala
chalo chalta chalte chalti chalu chhod chipak chod chuka chuke chuki daala daalo daam dalo dekh
dekha dekhi dekhke dekho dene deta dhang dhanyavaad dhanyawad dhoka dhokha dhulai dikha dikhaya
dikhta dikkat diya diye dobara dosto dukaan dukan dusra dusre dusri ekdum farak gaadi gadi gayab
gaye gayee gayi ghanta ghante ghar ghatiya ghoom haan haath hain hamara hamare hamari hame hamein
hazaar hazar hoga hogaya hogayi hogi honge hota hote hoti humara humare hume humein huyi ikdum inka
inke inki inko iska iske iski isko isliye ismein itna itne itni jaa jaata jaate jaati jabki jaisa
jaise jaisi jaldi jata jate jati jaye jayega jayegi jhoot jhooth jise jiska jisko joote jyada kaafi
kaam kaat kaata kaate kab kabhi kabse kaha kahaan kahan kahi kahin kahte kaisa kaise kaisi kamaal
kapda kapde karega karegi karein karenge karke karna karne karni karo karti karun karunga karungi
karwa karwao karwaya katega kaun kaunsa khana kharaab kharab khareeda kharid kharida kharidi
kharidna khatam khatta khulta khulti khush khushi kidhar kisi kisko kitna kitne kitni kiya kiye koyi
kripya kuch kuchh kya kyon kyonki kyu kyun kyunki lagaya lagta lagti lakh lekar leke lekin lene likh
likha likhi likho liya liye liyen logon lootere maang maanga mahina mahine maine mangaya mangaye
mangwaya mangwayi matlab maza mazaa mazedar mehnat milega milegi milta milti mujhe mujhko nahi nahin
naye nayi neeche nhi nikal nikla nikli paani pahle paisaa paise patla pehla pehle pehli phele phir
pichle poochha poora poori puchha rahi rakha rakhi rakho rehta rehti rha rhe rhi rupaiye rupay
rupaye rupye saath sabko sabse sach sahi samaan samajh sasta saste sasti shaam shaandar shandar
shayad shikayat shukriya sirf subah suno sunta sunte theek thik thoda thode thodi toh toot tumhara
tumhare turant unka unke unki unko uska uske uski usko usne utha uthata uthate waah wahan wahi waise
wajah wala wale wali wapas wapis woh wohi yaar yaha yahan yahi yeh zabardast zaroor zindagi zyada
"""
# Two points: words of one or two other languages too.
_HELPING_WORDS: Final = """
aa acha andar bada bahar bana banda bina bola bolo dena dono dost ek gaya hai hi ho hoon hu hua
hue hui hum jab jo ka kal kar karta karte kata ke ki ko koi laga lage lagi lena mein mera mere meri
mila mili naya paisa pata raha rahe saal sab tha thi wo ye
"""
# One point: words of many languages.
_COMMON_WORDS: Final = """
ab badh bas chahe dam de dil din do dum fir le li lo log mai main mast mat me na naam ne pa par pe
se sir so tab tak to tu tum un us ya
"""
_TELLING: Final = frozenset(_TELLING_WORDS.split())
_HELPING: Final = frozenset(_HELPING_WORDS.split())
_COMMON: Final = frozenset(_COMMON_WORDS.split())


def is_romanised_hindi(words: str) -> bool:
    """Tell whether small words look like Hindi in Latin letters.

    >>> is_romanised_hindi("paise do baar kate phone koi nahi uthata")
    True
    >>> is_romanised_hindi("the parcel came late and the box was open")
    False
    """
    found = words.split()
    telling = sum(word in _TELLING for word in found)
    helping = [word for word in found if word in _HELPING]
    points = 3 * telling + 2 * len(helping) + sum(word in _COMMON for word in found)
    is_likely = telling > 0 or len(set(helping)) >= _DISTINCT
    return is_likely and points >= max(_POINTS, _POINTS_A_WORD * len(found))
